using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>Changes since the last batch, of each object the last one.</summary>
internal sealed class DeltaBatch
{
    /// <summary>
    /// As many trigger times as a metric of a few buckets can use; more of them would say nothing new.
    /// </summary>
    private const int MaxTriggered = 1000;

    private readonly List<DateTimeOffset> _triggered = [];

    /// <summary>Objects as they are now; null for those that are gone.</summary>
    public Dictionary<ObjectId, IKubernetesObject?> Objects { get; } = [];

    /// <summary>What is wrong with objects; null for those with which nothing is wrong any more.</summary>
    public Dictionary<ObjectId, Problem?> Problems { get; } = [];

    /// <summary>Scopes whose list is complete.</summary>
    public HashSet<ResourceScope> Listed { get; } = [];

    /// <summary>Events about Services.</summary>
    public int Services { get; private set; }

    /// <summary>Events about EndpointSlices.</summary>
    public int EndpointSlices { get; private set; }

    /// <summary>What caused changes of endpoints.</summary>
    public ImmutableArray<DateTimeOffset> Triggered => [.. _triggered];

    public bool IsEmpty => Objects.Count == 0 && Problems.Count == 0 && Listed.Count == 0;

    public void Add(ObjectChange change)
    {
        Count(change.Id.Kind);
        if (change.Kind == ObjectChangeKind.Faulty)
        {
            Problems[change.Id] = change.Problem;
            return;
        }

        Problems[change.Id] = null;
        Objects[change.Id] = change.Value;
        if (change.Triggered is { } triggered && _triggered.Count < MaxTriggered)
        {
            _triggered.Add(triggered);
        }
    }

    private void Count(string kind)
    {
        if (kind == ResourceKind.Services.Kind)
        {
            Services++;
        }
        else if (kind == ResourceKind.EndpointSlices.Kind)
        {
            EndpointSlices++;
        }
    }
}
