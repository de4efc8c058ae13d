namespace L4Proxy.DataPlane.Services;

/// <summary>
/// Everything that can be set per Service port: the configuration's defaults, overridden by the Service's
/// annotations. Compared by value: equal options leave a live Service untouched.
/// </summary>
public sealed record ServiceOptions
{
    public static readonly ServiceOptions Default = new();

    public BalanceMethod Balance { get; init; }

    /// <summary>The same where the kernel balances by IPVS.</summary>
    public IpvsScheduler IpvsScheduler { get; init; }

    public AffinityOptions Affinity { get; init; } = AffinityOptions.None;

    public DialOptions Dial { get; init; } = new();

    public EjectionOptions Ejection { get; init; } = new();

    public HealthCheckOptions HealthCheck { get; init; } = new();

    public TcpOptions Tcp { get; init; } = new();

    public ProxyProtocolOptions ProxyProtocol { get; init; } = new();

    /// <summary>A connection without a byte in either direction for this long ends: 0 (never) to 24 days.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>A connection of which one direction has ended, ends after this long without a byte: 0 (never) to 24 days.</summary>
    public TimeSpan HalfOpenTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Longest life of a connection: 0 (no limit) to 24 days.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.Zero;

    /// <summary>Connections at once for this Service port: 0 (no limit of its own) to 10000000.</summary>
    public int MaxConnections { get; init; }

    /// <summary>What a client meets when <see cref="MaxConnections"/> is reached.</summary>
    public OverflowAction Overflow { get; init; }

    public EndpointLeaveAction OnEndpointLeave { get; init; }

    /// <summary>Grace time of <see cref="EndpointLeaveAction.Grace"/>: 0 to 24 days.</summary>
    public TimeSpan EndpointLeaveGrace { get; init; } = TimeSpan.FromSeconds(30);
}
