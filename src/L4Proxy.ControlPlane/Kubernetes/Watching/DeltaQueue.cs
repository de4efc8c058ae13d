namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>
/// Changes on their way from the watches to the translation. The last change of an object replaces the earlier ones,
/// so that the queue is never larger than the cluster, however slow the reader is.
/// </summary>
/// <param name="queued">Called after each addition.</param>
internal sealed class DeltaQueue(Action queued) : IObjectSink
{
    private readonly Lock _gate = new();
    private DeltaBatch _batch = new();

    public void Changed(ObjectChange change)
    {
        lock (_gate)
        {
            _batch.Add(change);
        }

        queued();
    }

    public void Listed(ResourceScope scope, IReadOnlyList<ObjectChange> changes)
    {
        lock (_gate)
        {
            foreach (ObjectChange change in changes)
            {
                _batch.Add(change);
            }

            _batch.Listed.Add(scope);
        }

        queued();
    }

    /// <summary>Takes all that is there.</summary>
    public DeltaBatch Drain()
    {
        lock (_gate)
        {
            DeltaBatch batch = _batch;
            _batch = new DeltaBatch();
            return batch;
        }
    }
}
