using System.Collections.Frozen;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>Where an object was read, so that what is wrong with it can be found.</summary>
/// <param name="File">File as the user named it; null when the object came from an API server.</param>
/// <param name="Line">1-based line at which the object starts; 0 when unknown.</param>
/// <param name="KeyLines">1-based lines of keys, by path such as <c>spec.ports[0].port</c>.</param>
public sealed record ObjectOrigin(string? File, int Line, IReadOnlyDictionary<string, int> KeyLines)
{
    public static readonly ObjectOrigin Unknown = new(null, 0, FrozenDictionary<string, int>.Empty);

    /// <summary>Line of a key; that of the object when the key's is not known.</summary>
    public int LineOf(string? key) => key is not null && KeyLines.TryGetValue(key, out int line) ? line : Line;
}
