namespace L4Proxy.SystemTests.Targets;

/// <summary>
/// In what ways of carrying traffic differ, other than that each client gets the endpoints that it gets from kube-proxy. Those of iptables
/// and nftables are kube-proxy's, recorded.
/// </summary>
internal sealed record ModeTraits
{
    /// <summary>The proxy dials the endpoints: it is the client that they see, and it can only refuse.</summary>
    public bool IsProxied { get; private init; }

    /// <summary>Whether a node port is served on any address of the node.</summary>
    public bool NodePortOnGateway { get; private init; }

    /// <summary>Whether a node port is served on 127.0.0.1.</summary>
    public bool NodePortOnLoopback { get; private init; }

    /// <summary>Whether a node port is served on ::1.</summary>
    public bool NodePortOnLoopback6 { get; private init; }

    /// <summary>What becomes of a connection to a port of a cluster IP that the Service does not have.</summary>
    public TargetFate UnservedPort { get; private init; }

    /// <summary>What becomes of a connection to a cluster IP that no Service has.</summary>
    public TargetFate NobodysAddress { get; private init; } = TargetFate.Dropped;

    /// <summary>What becomes of a connection from the node itself to an external address of a Service without endpoints.</summary>
    public TargetFate EmptyExternalFromNode { get; private init; }

    /// <summary>Whether clients inside share what clients outside get by externalTrafficPolicy Local, where there is anything to share.</summary>
    public bool SharesLocalEndpoints { get; private init; }

    public static ModeTraits Of(TrafficMode mode) => mode switch
    {
        TrafficMode.Iptables => new ModeTraits
        {
            NodePortOnGateway = true,
            NodePortOnLoopback = true,
            UnservedPort = TargetFate.Dropped,
            EmptyExternalFromNode = TargetFate.Dropped,
        },
        TrafficMode.Nftables => new ModeTraits { UnservedPort = TargetFate.Refused, EmptyExternalFromNode = TargetFate.Refused },
        TrafficMode.Ipvs => new ModeTraits
        {
            NodePortOnGateway = true,
            UnservedPort = TargetFate.Refused,
            EmptyExternalFromNode = TargetFate.Refused,
            SharesLocalEndpoints = true,
        },
        TrafficMode.CaptureIptables => Of(TrafficMode.Iptables) with { IsProxied = true, NodePortOnLoopback6 = true },
        TrafficMode.CaptureNftables => Of(TrafficMode.Nftables) with { IsProxied = true },
        _ => new ModeTraits
        {
            IsProxied = true,
            NodePortOnGateway = true,
            NodePortOnLoopback = true,
            NodePortOnLoopback6 = true,
            UnservedPort = TargetFate.Refused,
            NobodysAddress = TargetFate.Refused,
            EmptyExternalFromNode = TargetFate.Refused,
        },
    };
}
