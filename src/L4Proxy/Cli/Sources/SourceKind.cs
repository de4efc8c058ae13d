namespace L4Proxy.Cli.Sources;

/// <summary>Where the table comes from.</summary>
internal enum SourceKind : byte
{
    Manifests,
    Kubernetes,
}
