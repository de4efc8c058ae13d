namespace L4Proxy.ControlPlane.Manifests;

/// <summary>Values by key, in the order in which they are written.</summary>
internal sealed class ManifestMapping(OrderedDictionary<string, ManifestNode> entries, int line, long size) : ManifestNode(line, size)
{
    public OrderedDictionary<string, ManifestNode> Entries => entries;

    public override string What => "a mapping";
}
