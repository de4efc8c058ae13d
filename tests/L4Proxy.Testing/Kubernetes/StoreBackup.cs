using System.Collections.Immutable;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>All objects at one moment.</summary>
public sealed class StoreBackup
{
    internal StoreBackup(long version, IReadOnlyDictionary<KubeResource, ImmutableSortedDictionary<string, StoredObject>> objects)
    {
        Version = version;
        Objects = objects;
    }

    /// <summary>The resourceVersion of that moment.</summary>
    public long Version { get; }

    internal IReadOnlyDictionary<KubeResource, ImmutableSortedDictionary<string, StoredObject>> Objects { get; }
}
