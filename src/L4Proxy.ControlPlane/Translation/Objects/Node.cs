using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>v1 Node: the fields that translation uses, named as in the API.</summary>
public sealed record Node : IKubernetesObject
{
    public string Kind => "Node";

    [AllowNull]
    public ObjectMeta Metadata { get; init => field = value ?? new(); } = new();

    [AllowNull]
    public NodeSpec Spec { get; init => field = value ?? new(); } = new();

    public NodeStatus? Status { get; init; }
}
