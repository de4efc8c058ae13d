using L4Proxy.ControlPlane.Manifests;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>A named cluster, user or context. Read only when it is chosen: a mistake in another one harms nobody.</summary>
/// <param name="file">The file that it is in, as the user named it.</param>
/// <param name="display">How problems call it.</param>
/// <param name="node">What is in it; null for nothing.</param>
/// <param name="line">1-based.</param>
internal sealed class KubeconfigEntry(string file, string display, ManifestNode? node, int line)
{
    private readonly ObjectContext _context = new(file, display);

    public string File => file;

    public Field Root => new Field(_context, null, node, line).Check();

    public IReadOnlyList<Problem> Problems => _context.Problems;

    /// <summary>A path in the file is relative to its folder.</summary>
    public string Resolve(string path) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file)) ?? "", path);
}
