namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Certificates or a key, given as text or in a file that may change. Never shows what it holds.</summary>
public sealed class PemSource
{
    // Bundles of public authorities take a quarter of this.
    private const int MaxBytes = 1024 * 1024;

    private readonly byte[]? _data;

    private PemSource(byte[]? data, string? path)
    {
        _data = data;
        Path = path;
    }

    /// <summary>The file; null when the text was given itself.</summary>
    public string? Path { get; }

    public static PemSource OfData(byte[] data) => new(data, null);

    public static PemSource OfFile(string path) => new(null, path);

    /// <summary>What it is now.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public byte[] Read() => _data ?? BoundedFile.Read(Path!, MaxBytes);

    public override string ToString() => Path ?? "(data)";
}
