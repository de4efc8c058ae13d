using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Balancing;

/// <summary>
/// A <see cref="ServiceEntry"/> joined with the states of its endpoints: immutable, what a dial reads once per
/// decision. Made by <see cref="ServiceBinder"/>, held by <see cref="ServiceState"/>.
/// </summary>
internal sealed record BoundService
{
    public required ServiceEntry Entry { get; init; }

    /// <summary>
    /// States to be found again when their address comes back: of all endpoints listed, usable or not, and of those
    /// that left while they carry connections.
    /// </summary>
    public required EndpointState[] Known { get; init; }

    /// <summary>States of the endpoints that are usable in any scope, in the entry's order.</summary>
    public required EndpointState[] Usable { get; init; }

    /// <summary>
    /// For IPv4 clients; for all, and then the same object as <see cref="ClusterIPv6"/>, unless the entry says
    /// <see cref="ServiceEntry.SameFamily"/>.
    /// </summary>
    public required ScopedEndpoints Cluster { get; init; }

    public required ScopedEndpoints ClusterIPv6 { get; init; }

    /// <summary>Of IPv4 clients, as <see cref="Cluster"/>. Null when no frontend leads there, as is so for most Services.</summary>
    public required ScopedEndpoints? Local { get; init; }

    public required ScopedEndpoints? LocalIPv6 { get; init; }

    public required IPickPolicy Policy { get; init; }

    /// <summary>The pins of the Service port's clients, whatever their scope; null without affinity.</summary>
    public required AffinityTable? Affinity { get; init; }

    /// <summary>Whether an endpoint of any clients is ejected or unhealthy.</summary>
    public bool HasUnavailable => Cluster.HasUnavailable || ClusterIPv6.HasUnavailable
        || Local is { HasUnavailable: true } || LocalIPv6 is { HasUnavailable: true };

    public long AffinityTimeoutMs => (long)Entry.Options.Affinity.Timeout.TotalMilliseconds;

    /// <summary>
    /// The endpoints of a client by its scope and family. A client that was accepted under a policy Local that has gone since meets the new
    /// policy, since no frontend leads to local endpoints any more.
    /// </summary>
    public ScopedEndpoints In(EndpointScope scope, bool isIPv4) =>
        (scope == EndpointScope.Local ? (isIPv4 ? Local : LocalIPv6) : null) ?? (isIPv4 ? Cluster : ClusterIPv6);

    /// <summary>
    /// The endpoints among which ejections of this one are counted and limited. Where it serves the whole cluster,
    /// that is the larger set: a small Local one, of which nobody may be left, uses all that it has then.
    /// </summary>
    public ScopedEndpoints PeersOf(EndpointState endpoint) =>
        In(endpoint.IsEligibleIn(EndpointScopes.Cluster) ? EndpointScope.Cluster : EndpointScope.Local, endpoint.IsIPv4);

    /// <summary>Follows a change of when ejected endpoints are to be tried; the caller holds the Service's gate.</summary>
    public void PlanTrials()
    {
        Cluster.PlanTrials();
        Local?.PlanTrials();
        if (Entry.SameFamily)
        {
            ClusterIPv6.PlanTrials();
            LocalIPv6?.PlanTrials();
        }
    }

    /// <summary>The same with the pools that follow from the endpoints' health and ejection marks as they are now.</summary>
    public BoundService WithCurrentPools()
    {
        ScopedEndpoints cluster = Cluster.WithCurrentPool();
        ScopedEndpoints clusterIPv6 = ReferenceEquals(ClusterIPv6, Cluster) ? cluster : ClusterIPv6.WithCurrentPool();
        ScopedEndpoints? local = Local?.WithCurrentPool();
        ScopedEndpoints? localIPv6 = ReferenceEquals(LocalIPv6, Local) ? local : LocalIPv6?.WithCurrentPool();
        bool isSame = ReferenceEquals(cluster, Cluster) && ReferenceEquals(clusterIPv6, ClusterIPv6)
            && ReferenceEquals(local, Local) && ReferenceEquals(localIPv6, LocalIPv6);
        return isSame ? this : this with { Cluster = cluster, ClusterIPv6 = clusterIPv6, Local = local, LocalIPv6 = localIPv6 };
    }
}
