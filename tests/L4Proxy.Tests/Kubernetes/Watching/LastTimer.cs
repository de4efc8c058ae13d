namespace L4Proxy.Tests.Kubernetes.Watching;

/// <summary>Another clock, that tells for how long the last timer was set when it was made.</summary>
internal sealed class LastTimer(TimeProvider clock) : TimeProvider
{
    private readonly Lock _gate = new();
    private TimeSpan? _due;

    /// <summary>Whether that is the length of the last timer, when it was not asked for before.</summary>
    public bool Take(TimeSpan due)
    {
        lock (_gate)
        {
            bool isIt = _due == due;
            _due = isIt ? null : _due;
            return isIt;
        }
    }

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override long GetTimestamp() => clock.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = clock.CreateTimer(callback, state, dueTime, period);
        lock (_gate)
        {
            _due = dueTime;
        }

        return timer;
    }
}
