using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace L4Proxy.ControlPlane.KernelRules;

/// <summary>All that rules of one address family are planned from. Immutable.</summary>
public sealed record FamilyRules
{
    /// <summary><see cref="AddressFamily.InterNetwork"/> or <see cref="AddressFamily.InterNetworkV6"/>.</summary>
    public required AddressFamily Family { get; init; }

    /// <summary>Ordered by key.</summary>
    public ImmutableArray<ServiceRules> Services { get; init; } = [];

    /// <summary>Networks of the cluster's Pods. When empty nobody can tell Pods from clients outside.</summary>
    public ImmutableArray<IPNetwork> PodNetworks { get; init; } = [];

    /// <summary>Networks that cluster IPs are allocated from; empty when unknown.</summary>
    public ImmutableArray<IPNetwork> ServiceNetworks { get; init; } = [];

    /// <summary>Whether node ports are served on all of this host's addresses.</summary>
    public bool NodePortsOnAllAddresses { get; init; }

    /// <summary>The addresses that node ports are served on; empty when it is all of them, or when no Service has one.</summary>
    public ImmutableArray<IPAddress> NodePortAddresses { get; init; } = [];

    /// <summary>
    /// Health check node ports of all Services, where they are answered, which a host that admits nothing by default has to admit, as kube-proxy
    /// sees to in its modes iptables and ipvs. The same in both families, but for one without Services, which has none.
    /// </summary>
    public ImmutableArray<HealthCheckPort> HealthCheckPorts { get; init; } = [];

    public bool IsIPv6 => Family == AddressFamily.InterNetworkV6;
}
