using System.Collections.Immutable;
using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.KernelRules;

/// <summary>
/// One Service port in one address family, as rules are planned from it. Immutable, and the same instance as long as its entry
/// of the table is: who compares references finds what changed.
/// </summary>
public sealed record ServiceRules
{
    public required ServicePortKey Key { get; init; }

    /// <summary>The Service port's number, on cluster IPs and external addresses; 1 to 65535.</summary>
    public required int Port { get; init; }

    public ImmutableArray<IPAddress> ClusterIPs { get; init; } = [];

    public ImmutableArray<ExternalAddress> ExternalAddresses { get; init; } = [];

    /// <summary>1 to 65535; 0 for none.</summary>
    public int NodePort { get; init; }

    /// <summary>Endpoints of <see cref="EndpointScope.Cluster"/>, in the table's order, of this family alone.</summary>
    public ImmutableArray<IPEndPoint> ClusterEndpoints { get; init; } = [];

    /// <summary>Endpoints of <see cref="EndpointScope.Local"/>.</summary>
    public ImmutableArray<IPEndPoint> LocalEndpoints { get; init; } = [];

    /// <summary>Those in either list that are on this node, whose connections may lead back to themselves.</summary>
    public ImmutableArray<IPEndPoint> EndpointsOnThisNode { get; init; } = [];

    /// <summary>Weights of endpoints, where they are not 1: 0 to 1000. Only IPVS knows them.</summary>
    public ImmutableDictionary<IPEndPoint, int> Weights { get; init; } = ImmutableDictionary<IPEndPoint, int>.Empty;

    /// <summary>internalTrafficPolicy: which endpoints clients of cluster IPs get.</summary>
    public EndpointScope InternalScope { get; init; }

    /// <summary>
    /// Every endpoint that serves, whoever may be led to it now: flows that one of them carries are left alone, as kube-proxy leaves them.
    /// </summary>
    public ImmutableArray<IPEndPoint> ServingEndpoints { get; init; } = [];

    /// <summary>
    /// externalTrafficPolicy: which endpoints clients from outside get at external addresses and node ports. Those inside always
    /// get <see cref="ClusterEndpoints"/> there.
    /// </summary>
    public EndpointScope ExternalScope { get; init; }

    /// <summary>Whether any endpoint, whoever may be led to it, is ready, or serves while it terminates.</summary>
    public bool HasAnyEndpoint { get; init; }

    /// <summary>Seconds of ClientIP affinity: 1 to 86400; 0 for none.</summary>
    public int AffinitySeconds { get; init; }

    /// <summary>What of the entry concerns only some way of balancing.</summary>
    public ServiceOptions Options { get; init; } = ServiceOptions.Default;

    /// <summary>Whether the Service port is known by any address but cluster IPs.</summary>
    public bool IsExternal => NodePort != 0 || !ExternalAddresses.IsEmpty;

    public ImmutableArray<IPEndPoint> InternalEndpoints => EndpointsOf(InternalScope);

    /// <summary>Endpoints of clients from outside at external addresses and node ports.</summary>
    public ImmutableArray<IPEndPoint> ExternalEndpoints => EndpointsOf(ExternalScope);

    /// <summary>What becomes of connections to cluster IPs.</summary>
    public ServiceFate InternalFate => FateOf(InternalScope);

    /// <summary>What becomes of connections from outside to external addresses and node ports.</summary>
    public ServiceFate ExternalFate => FateOf(ExternalScope);

    public ImmutableArray<IPEndPoint> EndpointsOf(EndpointScope scope) => scope == EndpointScope.Local ? LocalEndpoints : ClusterEndpoints;

    /// <summary>As kube-proxy: without any endpoint refused, with endpoints that this node must not use dropped.</summary>
    private ServiceFate FateOf(EndpointScope scope) =>
        !EndpointsOf(scope).IsEmpty ? ServiceFate.Serve
        : HasAnyEndpoint ? ServiceFate.Drop
        : ServiceFate.Reject;
}
