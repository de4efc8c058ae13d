namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>v1 Pod: the fields that translation uses, named as in the API.</summary>
public sealed record Pod : IKubernetesObject
{
    public string Kind => "Pod";

    public ObjectMeta Metadata { get; init; } = new();

    public PodSpec Spec { get; init; } = new();

    public PodStatus Status { get; init; } = new();
}
