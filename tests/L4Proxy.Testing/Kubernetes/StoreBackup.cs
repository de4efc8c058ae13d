using System.Collections.Immutable;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>All objects at one moment.</summary>
public sealed record StoreBackup
{
    internal StoreBackup(long version, IReadOnlyDictionary<KubeResource, ImmutableSortedDictionary<string, StoredObject>> objects)
    {
        Version = version;
        Objects = objects;
    }

    /// <summary>The resourceVersion of that moment; another one may be put in its place.</summary>
    public long Version { get; init; }

    internal IReadOnlyDictionary<KubeResource, ImmutableSortedDictionary<string, StoredObject>> Objects { get; }
}
