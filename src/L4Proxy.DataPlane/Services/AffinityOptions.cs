namespace L4Proxy.DataPlane.Services;

/// <summary>Session affinity of a Service port.</summary>
public sealed record AffinityOptions
{
    public static readonly AffinityOptions None = new();

    public AffinityKind Kind { get; init; }

    /// <summary>
    /// How long a pin outlives the client's last new connection: 1 s to 86400 s, default 10800 s
    /// (Service field <c>sessionAffinityConfig.clientIP.timeoutSeconds</c>).
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10800);

    /// <summary>Pins kept for one Service port, 1 to 16777216; the least recently used is dropped beyond it.</summary>
    public int MaxEntries { get; init; } = 65536;
}
