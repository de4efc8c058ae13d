using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>What is known of a Node.</summary>
public sealed record NodeStatus
{
    [AllowNull]
    public IReadOnlyList<NodeAddress> Addresses { get; init => field = value ?? []; } = [];
}
