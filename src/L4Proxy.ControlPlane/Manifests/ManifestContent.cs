using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>What is in a file.</summary>
internal sealed record ManifestContent
{
    /// <summary>The objects that are in order, as they come in the file.</summary>
    public required ImmutableArray<IKubernetesObject> Objects { get; init; }

    /// <summary>The objects that are not.</summary>
    public required ImmutableHashSet<ObjectId> Broken { get; init; }

    /// <summary>Whether it is known which objects the file holds. A document that cannot be parsed may hold any.</summary>
    public required bool IsComplete { get; init; }

    public required ImmutableArray<Problem> Problems { get; init; }
}
