using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Kubernetes;

/// <summary>What of a cluster is watched, and how it is translated.</summary>
/// <param name="Translation">Addresses and defaults.</param>
public sealed record KubernetesSourceOptions(TranslationOptions Translation)
{
    /// <summary>
    /// Own Node, which is watched: its zone and networks are used, and whether it is leaving. Null: no Node is watched,
    /// and no right on nodes is needed.
    /// </summary>
    public string? NodeName { get; init; }

    /// <summary>The only namespaces; empty for all. Rights in these namespaces (a Role) are enough.</summary>
    public ImmutableArray<string> Namespaces { get; init; } = [];

    /// <summary>The only Services; empty for all. When set, <see cref="Namespaces"/> does not count.</summary>
    public ImmutableArray<NamespacedName> Services { get; init; } = [];
}
