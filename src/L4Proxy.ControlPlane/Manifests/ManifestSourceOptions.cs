using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>Where manifests are, and how they are translated.</summary>
/// <param name="Paths">Files and folders as the user named them; of an object that is there twice, the first counts.</param>
/// <param name="Translation">Addresses and defaults.</param>
public sealed record ManifestSourceOptions(ImmutableArray<string> Paths, TranslationOptions Translation);
