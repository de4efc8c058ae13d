namespace L4Proxy.ControlPlane.Manifests;

/// <summary>A value in a YAML or JSON document, with its place.</summary>
/// <param name="line">1-based line at which it starts.</param>
/// <param name="size">Nodes in it, itself included, each alias counted in full.</param>
internal abstract class ManifestNode(int line, long size)
{
    public int Line { get; } = line;

    public long Size { get; } = size;

    /// <summary>What a message calls it.</summary>
    public abstract string What { get; }
}
