namespace L4Proxy.DataPlane.Services;

/// <summary>When dial failures take an endpoint out of the rotation, and for how long.</summary>
public sealed record EjectionOptions
{
    /// <summary>Consecutive failed dials that eject: 0 (never) to 1000.</summary>
    public int ConsecutiveFailures { get; init; } = 5;

    /// <summary>Consecutive dials without an answer (timed out, or lost to a hedge) that eject: 0 (never) to 1000.</summary>
    public int ConsecutiveTimeouts { get; init; } = 3;

    /// <summary>Length of the first ejection; each further one in a row is twice as long: 1 ms to 24 days.</summary>
    public TimeSpan BaseTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest ejection: 1 ms to 24 days.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Share of the endpoints that may be out at once, in percent: 0 to 100. The last one never is.</summary>
    public int MaxPercent { get; init; } = 50;
}
