namespace L4Proxy.DataPlane.Services;

/// <summary>
/// What passive ejection remembers of an endpoint. Written under the owning Service's gate;
/// <see cref="IsClean"/> and <see cref="Ejected"/> may be read without it.
/// </summary>
internal sealed class EjectionMarks
{
    private volatile bool _dirty;
    private volatile bool _ejected;

    /// <summary>Failed dials since the last success or ejection.</summary>
    public int ConsecutiveFailures { get; private set; }

    /// <summary>Dials without an answer since the last answer or ejection.</summary>
    public int ConsecutiveTimeouts { get; private set; }

    /// <summary>Ejections without a success between them; the length of the next one doubles with it.</summary>
    public int EjectionsInARow { get; private set; }

    /// <summary>Nothing is held against the endpoint, so that a success has nothing to clear.</summary>
    public bool IsClean => !_dirty;

    public bool Ejected => _ejected;

    /// <summary>When one client may try the ejected endpoint again; monotonic milliseconds.</summary>
    public long RetryAtMs { get; private set; }

    public void CountFailure(bool timeout)
    {
        _dirty = true;
        ConsecutiveFailures++;
        ConsecutiveTimeouts = timeout ? ConsecutiveTimeouts + 1 : 0;
    }

    public void Eject(long retryAtMs)
    {
        _dirty = true;
        EjectionsInARow++;
        ConsecutiveFailures = 0;
        ConsecutiveTimeouts = 0;
        RetryAtMs = retryAtMs;
        _ejected = true;
    }

    /// <summary>One client tries the endpoint: nobody else does before this time.</summary>
    public void HoldTrials(long untilMs) => RetryAtMs = untilMs;

    /// <summary>Lets the endpoint back in without a success: its history still counts.</summary>
    public void Readmit() => _ejected = false;

    public void Clear()
    {
        ConsecutiveFailures = 0;
        ConsecutiveTimeouts = 0;
        EjectionsInARow = 0;
        _ejected = false;
        _dirty = false;
    }
}
