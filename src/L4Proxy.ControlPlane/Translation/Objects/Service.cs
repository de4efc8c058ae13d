using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>v1 Service: the fields that translation uses, named as in the API.</summary>
public sealed record Service : IKubernetesObject
{
    public string Kind => "Service";

    [AllowNull]
    public ObjectMeta Metadata { get; init => field = value ?? new(); } = new();

    [AllowNull]
    public ServiceSpec Spec { get; init => field = value ?? new(); } = new();

    public ServiceStatus? Status { get; init; }
}
