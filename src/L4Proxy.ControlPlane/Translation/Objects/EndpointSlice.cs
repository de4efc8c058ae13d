using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>discovery.k8s.io/v1 EndpointSlice: the fields that translation uses, named as in the API.</summary>
public sealed record EndpointSlice : IKubernetesObject
{
    /// <summary>The label that says which Service a slice belongs to.</summary>
    public const string ServiceNameLabel = "kubernetes.io/service-name";

    public string Kind => "EndpointSlice";

    [AllowNull]
    public ObjectMeta Metadata { get; init => field = value ?? new(); } = new();

    /// <summary>IPv4, IPv6 or FQDN.</summary>
    [AllowNull]
    public string AddressType { get; init => field = value ?? ""; } = "";

    [AllowNull]
    public IReadOnlyList<SliceEndpoint> Endpoints { get; init => field = value ?? []; } = [];

    [AllowNull]
    public IReadOnlyList<EndpointPort> Ports { get; init => field = value ?? []; } = [];
}
