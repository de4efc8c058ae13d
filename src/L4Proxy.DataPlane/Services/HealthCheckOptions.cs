namespace L4Proxy.DataPlane.Services;

/// <summary>Active health check by TCP connect.</summary>
public sealed record HealthCheckOptions
{
    /// <summary>Off unless asked for.</summary>
    public bool Enabled { get; init; }

    /// <summary>Time between two checks of an endpoint: 100 ms to 1 h.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long one check may take: 1 ms to 1 h.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Successes in a row that bring an endpoint back: 1 to 100.</summary>
    public int Rise { get; init; } = 2;

    /// <summary>Failures in a row that take an endpoint out: 1 to 100.</summary>
    public int Fall { get; init; } = 3;
}
