namespace L4Proxy.ControlPlane.Manifests;

/// <summary>A document that is not well-formed; never leaves the reader of manifests.</summary>
/// <param name="message">What is wrong, one line, no full stop.</param>
/// <param name="line">1-based line.</param>
internal sealed class ManifestSyntaxException(string message, int line) : Exception(message)
{
    public int Line { get; } = line;
}
