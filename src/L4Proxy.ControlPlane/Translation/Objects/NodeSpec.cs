using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>What is asked of a Node.</summary>
public sealed record NodeSpec
{
    /// <summary>Networks of the Pods on this node.</summary>
    [AllowNull]
    public IReadOnlyList<string> PodCIDRs { get; init => field = value ?? []; } = [];

    [AllowNull]
    public IReadOnlyList<NodeTaint> Taints { get; init => field = value ?? []; } = [];
}
