namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>
/// Ends connections whose time is over, by looking at all of them now and then: no read or write pays for a
/// timer. Looks at least once a second, more often while a shorter timeout is in force, not at all while there
/// is no connection.
/// </summary>
internal sealed class TimeoutSweep : IDisposable
{
    /// <summary>A timeout is kept to an eighth of its length.</summary>
    private const int LooksPerTimeout = 8;

    private const long ShortestIntervalMs = 20;
    private const long LongestIntervalMs = 1000;
    private const long Never = long.MaxValue;

    private readonly ConnectionSet _connections;
    private readonly List<PortableConnection> _snapshot = [];
    private readonly Timer _timer;
    private readonly Lock _gate = new();
    private long _intervalMs = Never;
    private int _sweeping;

    public TimeoutSweep(ConnectionSet connections)
    {
        _connections = connections;
        _timer = new Timer(static s => ((TimeoutSweep)s!).Sweep(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>A connection of the set may have to end after this time.</summary>
    public void Watch(TimeSpan timeout)
    {
        long wanted = IntervalFor(timeout);
        if (Volatile.Read(ref _intervalMs) <= wanted)
        {
            return;
        }

        lock (_gate)
        {
            if (_intervalMs > wanted)
            {
                _intervalMs = wanted;
                _timer.Change(wanted, Timeout.Infinite);
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    private static long IntervalFor(TimeSpan timeout) =>
        Math.Clamp((long)(timeout.TotalMilliseconds / LooksPerTimeout), ShortestIntervalMs, LongestIntervalMs);

    private void Sweep()
    {
        if (Interlocked.Exchange(ref _sweeping, 1) != 0)
        {
            // Watch() has hurried the timer while a sweep runs; that one sets it again at its end.
            return;
        }

        // From here on Watch() sets the interval anew, so no connection that this sweep misses is forgotten.
        Interlocked.Exchange(ref _intervalMs, Never);
        long interval = EndOverdue();
        Volatile.Write(ref _sweeping, 0);
        lock (_gate)
        {
            _intervalMs = Math.Min(_intervalMs, interval);
            if (_intervalMs != Never)
            {
                _timer.Change(_intervalMs, Timeout.Infinite);
            }
        }
    }

    /// <summary>Ends what is overdue; the interval that the others ask for.</summary>
    private long EndOverdue()
    {
        long interval = Never;
        long now = Environment.TickCount64;
        _connections.CopyTo(_snapshot);
        foreach (PortableConnection connection in _snapshot)
        {
            if (!connection.EndIfOverdue(now))
            {
                interval = Math.Min(interval, IntervalFor(connection.ShortestTimeout()));
            }
        }

        _snapshot.Clear();
        return interval;
    }
}
