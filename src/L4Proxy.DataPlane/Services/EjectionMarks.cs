namespace L4Proxy.DataPlane.Services;

/// <summary>What passive ejection remembers of an endpoint. Written under the owning Service's lock.</summary>
internal sealed class EjectionMarks
{
    private volatile bool _ejected;

    public int ConsecutiveFailures { get; set; }

    public int ConsecutiveTimeouts { get; set; }

    /// <summary>Ejections without a success between them; the length of the next one doubles with it.</summary>
    public int EjectionsInARow { get; set; }

    public bool Ejected
    {
        get => _ejected;
        set => _ejected = value;
    }

    /// <summary>When one client may try the endpoint again; monotonic milliseconds.</summary>
    public long RetryAtMs { get; set; }
}
