namespace L4Proxy.DataPlane.Services;

/// <summary>Socket options of both sides of a relayed connection; see tcp(7).</summary>
public sealed record TcpOptions
{
    /// <summary>TCP_NODELAY.</summary>
    public bool NoDelay { get; init; } = true;

    /// <summary>SO_KEEPALIVE with TCP_KEEPIDLE of this many seconds: 0 (off) to 32767. Go's and Envoy's usual value.</summary>
    public int KeepAliveSeconds { get; init; } = 15;

    /// <summary>TCP_KEEPINTVL in seconds: 1 to 32767.</summary>
    public int KeepAliveIntervalSeconds { get; init; } = 15;

    /// <summary>TCP_KEEPCNT: 1 to 127.</summary>
    public int KeepAliveProbes { get; init; } = 9;

    /// <summary>TCP_USER_TIMEOUT (RFC 5482): how long sent data may stay unacknowledged; 0 (the kernel's rule) to 24 days. Linux only.</summary>
    public TimeSpan UserTimeout { get; init; } = TimeSpan.Zero;
}
