using System.Collections.Immutable;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane;

/// <summary>What a source knows at one moment: the table, and all problems that its input has now.</summary>
public sealed record SourceSnapshot(ServiceTable Table, ImmutableArray<Problem> Problems)
{
    /// <summary>Ports on which load balancers ask for local endpoints.</summary>
    public ImmutableArray<HealthCheckNodePort> HealthChecks { get; init; } = [];

    /// <summary>
    /// Whether load balancers should send new connections to this node (KEP-3836): false while it is being deleted or
    /// carries the taint <c>ToBeDeletedByClusterAutoscaler</c>.
    /// </summary>
    public bool NodeEligible { get; init; } = true;

    /// <summary>Networks of the cluster's Pods: those configured, else those of the own Node. Empty when nobody knows them.</summary>
    public NetworkSet PodNetworks { get; init; } = NetworkSet.Empty;

    /// <summary>What led from the previous snapshot to this one; not a part of its state.</summary>
    public SnapshotChanges Changes { get; init; } = SnapshotChanges.None;
}
