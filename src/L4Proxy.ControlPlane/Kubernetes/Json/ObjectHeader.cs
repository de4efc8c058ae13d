using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Kubernetes.Json;

/// <summary>What an object says about itself.</summary>
/// <param name="Metadata">Of it, what translation looks at; names are empty where the object gives none.</param>
/// <param name="ResourceVersion">State of the store in which the object got this form (opaque); empty when it is not given.</param>
internal sealed record ObjectHeader(ObjectMeta Metadata, string ResourceVersion)
{
    public static readonly ObjectHeader Empty = new(new ObjectMeta(), "");

    /// <summary>Whether this bookmark ends the initial events of a watch-list (KEP-3157).</summary>
    public bool EndsInitialEvents { get; init; }

    /// <summary>What caused the endpoints of a slice to be as they are, when the slice says it.</summary>
    public DateTimeOffset? Triggered { get; init; }
}
