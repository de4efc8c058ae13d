namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Reads small files whole; a device or a file of gigabytes named by mistake is an error, not a memory problem.</summary>
internal static class BoundedFile
{
    /// <exception cref="IOException">The file cannot be read, or is larger than allowed.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static byte[] Read(string path, int maxBytes)
    {
        if (Directory.Exists(path))
        {
            throw new IOException("it is a folder");
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        using MemoryStream content = new();
        byte[] buffer = new byte[16 * 1024];
        int read;
        while ((read = file.Read(buffer)) > 0)
        {
            content.Write(buffer, 0, read);
            if (content.Length > maxBytes)
            {
                throw new IOException($"it is larger than {maxBytes / 1024} KiB");
            }
        }

        return content.ToArray();
    }
}
