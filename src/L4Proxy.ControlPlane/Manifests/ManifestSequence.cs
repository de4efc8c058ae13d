namespace L4Proxy.ControlPlane.Manifests;

/// <summary>A list of values.</summary>
internal sealed class ManifestSequence(IReadOnlyList<ManifestNode> items, int line, long size) : ManifestNode(line, size)
{
    public IReadOnlyList<ManifestNode> Items => items;

    public override string What => "a list";
}
