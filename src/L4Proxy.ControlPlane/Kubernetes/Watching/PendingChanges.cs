using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>What arrived since the last snapshot that was given out.</summary>
/// <param name="since">Causes before this time are old: what was there at the start was caused by nobody's change now.</param>
internal sealed class PendingChanges(DateTimeOffset since)
{
    private int _services;
    private int _slices;
    private ImmutableArray<DateTimeOffset> _triggered = [];

    public void Add(DeltaBatch batch)
    {
        _services += batch.Services;
        _slices += batch.EndpointSlices;
        _triggered = [.. batch.Triggered.Where(t => t > since)];
    }

    /// <summary>
    /// Takes what there is. Events count until some snapshot has them; the causes of changes that brought nothing new
    /// do not: a later snapshot has nothing to do with them.
    /// </summary>
    public SnapshotChanges Take()
    {
        SnapshotChanges changes = new() { Services = _services, EndpointSlices = _slices, Triggered = _triggered };
        (_services, _slices, _triggered) = (0, 0, []);
        return changes;
    }
}
