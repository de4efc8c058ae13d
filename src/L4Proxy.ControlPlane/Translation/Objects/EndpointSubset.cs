using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>Addresses that share the same ports.</summary>
public sealed record EndpointSubset
{
    /// <summary>The ready ones.</summary>
    [AllowNull]
    public IReadOnlyList<EndpointAddress> Addresses { get; init => field = value ?? []; } = [];

    [AllowNull]
    public IReadOnlyList<EndpointAddress> NotReadyAddresses { get; init => field = value ?? []; } = [];

    [AllowNull]
    public IReadOnlyList<EndpointPort> Ports { get; init => field = value ?? []; } = [];
}
