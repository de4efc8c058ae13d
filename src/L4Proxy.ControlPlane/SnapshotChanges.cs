using System.Collections.Immutable;

namespace L4Proxy.ControlPlane;

/// <summary>What arrived between the previous snapshot and this one.</summary>
public sealed record SnapshotChanges
{
    public static readonly SnapshotChanges None = new();

    /// <summary>Events about Services.</summary>
    public int Services { get; init; }

    /// <summary>Events about EndpointSlices.</summary>
    public int EndpointSlices { get; init; }

    /// <summary>
    /// When the changes of endpoints were caused, as far as their slices say it (annotation
    /// <c>endpoints.kubernetes.io/last-change-trigger-time</c>).
    /// </summary>
    public ImmutableArray<DateTimeOffset> Triggered { get; init; } = [];
}
