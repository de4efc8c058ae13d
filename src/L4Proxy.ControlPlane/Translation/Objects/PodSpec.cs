using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>Where a Pod runs and which ports it names.</summary>
public sealed record PodSpec
{
    public string? NodeName { get; init; }

    public string? Hostname { get; init; }

    [AllowNull]
    public IReadOnlyList<Container> Containers { get; init => field = value ?? []; } = [];

    [AllowNull]
    public IReadOnlyList<Container> InitContainers { get; init => field = value ?? []; } = [];
}
