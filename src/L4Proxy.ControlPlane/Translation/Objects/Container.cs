using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>One container of a Pod.</summary>
public sealed record Container
{
    [AllowNull]
    public IReadOnlyList<ContainerPort> Ports { get; init => field = value ?? []; } = [];

    /// <summary>Always on an init container makes it a sidecar, whose ports count (KEP-753).</summary>
    public string? RestartPolicy { get; init; }
}
