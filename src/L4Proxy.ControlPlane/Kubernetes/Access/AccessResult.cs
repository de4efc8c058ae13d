using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>The way to the API server, or why there is none.</summary>
public sealed record AccessResult
{
    /// <summary>Null when there are problems.</summary>
    public ClusterAccess? Access { get; init; }

    /// <summary>Empty when there is access.</summary>
    public ImmutableArray<Problem> Problems { get; init; } = [];

    [MemberNotNullWhen(true, nameof(Access))]
    public bool IsUsable => Access is not null;
}
