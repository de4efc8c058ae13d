namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>v1 Node: the fields that translation uses, named as in the API.</summary>
public sealed record Node : IKubernetesObject
{
    public string Kind => "Node";

    public ObjectMeta Metadata { get; init; } = new();

    public NodeSpec Spec { get; init; } = new();

    public NodeStatus? Status { get; init; }
}
