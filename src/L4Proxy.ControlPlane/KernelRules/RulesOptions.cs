using System.Collections.Immutable;
using System.Net;

namespace L4Proxy.ControlPlane.KernelRules;

/// <summary>What rules depend on besides the table.</summary>
public sealed record RulesOptions
{
    /// <summary>Bit of the packet mark by which packets are told to be masqueraded: 0 to 31. kube-proxy's is 14, too.</summary>
    public int MasqueradeBit { get; init; } = 14;

    /// <summary>Whether every connection is masqueraded, those from Pods to cluster IPs included.</summary>
    public bool MasqueradeAll { get; init; }

    /// <summary>Whether node ports are served on 127.0.0.1 too, which needs route_localnet. iptables balancing, IPv4 only.</summary>
    public bool LocalhostNodePorts { get; init; } = true;

    /// <summary>Networks that cluster IPs are allocated from.</summary>
    public ImmutableArray<IPNetwork> ServiceNetworks { get; init; } = [];

    /// <summary>Port on which the proxy takes captured connections; 1 to 65535 with capture by packet rules.</summary>
    public int CapturePort { get; init; }

    /// <summary>Whether endpoints see the client's address, so that packets of theirs to it have to be led to the proxy.</summary>
    public bool TransparentSource { get; init; }

    /// <summary>Whether this process answers at health check node ports; where nobody does, they are not admitted.</summary>
    public bool AnswersHealthChecks { get; init; } = true;

    public IpvsOptions Ipvs { get; init; } = new();

    public uint MasqueradeMark => 1u << MasqueradeBit;
}
