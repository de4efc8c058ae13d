using System.Collections.Immutable;

namespace L4Proxy.ControlPlane;

/// <summary>What arrived between the previous snapshot and this one.</summary>
public sealed record SnapshotChanges
{
    public static readonly SnapshotChanges None = new();

    /// <summary>Causes kept of changes that wait together, so that a long failure does not gather them without end.</summary>
    private const int MostTriggered = 4096;

    /// <summary>Events about Services.</summary>
    public int Services { get; init; }

    /// <summary>Events about EndpointSlices.</summary>
    public int EndpointSlices { get; init; }

    /// <summary>
    /// When the changes of endpoints were caused, as far as their slices say it (annotation
    /// <c>endpoints.kubernetes.io/last-change-trigger-time</c>).
    /// </summary>
    public ImmutableArray<DateTimeOffset> Triggered { get; init; } = [];

    /// <summary>These and later ones together.</summary>
    public SnapshotChanges Then(SnapshotChanges later)
    {
        ArgumentNullException.ThrowIfNull(later);
        return this == None ? later : later == None ? this : new SnapshotChanges
        {
            Services = Services + later.Services,
            EndpointSlices = EndpointSlices + later.EndpointSlices,
            Triggered = [.. Triggered.Concat(later.Triggered).Take(MostTriggered)],
        };
    }
}
