namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>v1 Service: the fields that translation uses, named as in the API.</summary>
public sealed record Service : IKubernetesObject
{
    public string Kind => "Service";

    public ObjectMeta Metadata { get; init; } = new();

    public ServiceSpec Spec { get; init; } = new();

    public ServiceStatus? Status { get; init; }
}
