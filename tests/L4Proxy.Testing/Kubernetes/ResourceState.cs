using System.Collections.Immutable;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>The objects of one resource at one version, in the order of their keys.</summary>
internal sealed record ResourceState(long Version, ImmutableSortedDictionary<string, StoredObject> Objects);
