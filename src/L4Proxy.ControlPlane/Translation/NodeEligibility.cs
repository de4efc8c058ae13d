using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Whether load balancers should send new connections to a node (KEP-3836).</summary>
internal static class NodeEligibility
{
    /// <summary>The cluster autoscaler's mark on a node that it is about to delete.</summary>
    private const string ToBeDeletedTaint = "ToBeDeletedByClusterAutoscaler";

    /// <summary>True for a node that nobody knows.</summary>
    public static bool IsEligible(Node? node) =>
        node is null || (node.Metadata.DeletionTimestamp is null && !node.Spec.Taints.Any(t => t.Key == ToBeDeletedTaint));
}
