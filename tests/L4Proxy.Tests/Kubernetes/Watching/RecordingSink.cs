using System.Collections.Concurrent;
using L4Proxy.ControlPlane.Kubernetes.Watching;

namespace L4Proxy.Tests.Kubernetes.Watching;

/// <summary>Writes down what a reflector says.</summary>
internal sealed class RecordingSink : IObjectSink
{
    private readonly ConcurrentQueue<string> _log = new();

    /// <summary>Such as <c>Set default/web</c>; a complete list is one entry, <c>Listed: Set default/web, Removed default/old</c>.</summary>
    public IReadOnlyList<string> Log => [.. _log];

    public ConcurrentQueue<ObjectChange> Changes { get; } = new();

    public void Changed(ObjectChange change)
    {
        Changes.Enqueue(change);
        _log.Enqueue(Describe(change));
    }

    public void Listed(ResourceScope scope, IReadOnlyList<ObjectChange> changes)
    {
        foreach (ObjectChange change in changes)
        {
            Changes.Enqueue(change);
        }

        _log.Enqueue($"Listed: {string.Join(", ", changes.Select(Describe))}".TrimEnd());
    }

    private static string Describe(ObjectChange change) => $"{change.Kind} {change.Id.Namespace}/{change.Id.Name}";
}
