using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>v1 Endpoints, of the Service with the same name: the fields that translation uses, named as in the API.</summary>
public sealed record Endpoints : IKubernetesObject
{
    public string Kind => "Endpoints";

    public ObjectMeta Metadata { get; init; } = new();

    [AllowNull]
    public IReadOnlyList<EndpointSubset> Subsets { get; init => field = value ?? []; } = [];
}
