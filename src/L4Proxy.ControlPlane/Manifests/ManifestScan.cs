using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>Which files there are.</summary>
internal sealed record ManifestScan
{
    /// <summary>Each file once, in the order in which they count.</summary>
    public required ImmutableArray<(string Path, FileStamp Stamp)> Files { get; init; }

    /// <summary>Folders that could not be listed: what they held is unknown, not gone.</summary>
    public required ImmutableArray<string> UnreadableFolders { get; init; }

    public required ImmutableArray<Problem> Problems { get; init; }

    public bool SameAs(ManifestScan other) => Files.SequenceEqual(other.Files) && Problems.SequenceEqual(other.Problems);
}
