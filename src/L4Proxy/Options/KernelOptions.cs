namespace L4Proxy.Options;

/// <summary>Section <c>rules</c>: what concerns rules in the kernel whatever their kind.</summary>
internal sealed record KernelOptions
{
    public RulesKeeping Keep { get; init; }

    /// <summary>Only for <see cref="ProxyMode.Ipvs"/>.</summary>
    public RulesFallback Fallback { get; init; }

    /// <summary>Port on which captured connections are accepted: 1 to 65535.</summary>
    public int CapturePort { get; init; } = 10261;

    /// <summary>Bit of the packet mark that says "to be masqueraded": 0 to 31.</summary>
    public int MasqueradeBit { get; init; } = 14;

    /// <summary>Whether all connections to Services are masqueraded.</summary>
    public bool MasqueradeAll { get; init; }

    /// <summary>Whether node ports answer on 127.0.0.1, too.</summary>
    public bool LocalhostNodePorts { get; init; } = true;

    /// <summary>Time between two full applications: 1 minute to 24 days.</summary>
    public TimeSpan SyncPeriod { get; init; } = TimeSpan.FromHours(1);
}
