using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>The metadata that translation looks at. Absent maps are empty, never null.</summary>
public sealed record ObjectMeta
{
    [AllowNull]
    public string Name { get; init => field = value ?? ""; } = "";

    [AllowNull]
    public string Namespace { get; init => field = value ?? ""; } = "";

    [AllowNull]
    public IReadOnlyDictionary<string, string> Labels { get; init => field = value ?? FrozenDictionary<string, string>.Empty; }
        = FrozenDictionary<string, string>.Empty;

    [AllowNull]
    public IReadOnlyDictionary<string, string> Annotations { get; init => field = value ?? FrozenDictionary<string, string>.Empty; }
        = FrozenDictionary<string, string>.Empty;

    /// <summary>Set while the object is being deleted; only its presence matters.</summary>
    public string? DeletionTimestamp { get; init; }

    /// <summary>Where the object was read; no part of the API.</summary>
    [JsonIgnore]
    public ObjectOrigin Origin { get; init; } = ObjectOrigin.Unknown;
}
