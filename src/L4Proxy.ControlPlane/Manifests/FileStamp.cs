namespace L4Proxy.ControlPlane.Manifests;

/// <summary>What tells one state of a file from the next without reading it.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="LastWriteUtc">Time of the last change to its content.</param>
/// <param name="Target">The file that a symbolic link leads to; null when it is none.</param>
internal readonly record struct FileStamp(long Length, DateTime LastWriteUtc, string? Target)
{
    /// <summary>The stamp of a file, or of what a link to one leads to in the end.</summary>
    /// <exception cref="IOException">The file is gone, or its link leads nowhere.</exception>
    public static FileStamp Of(FileInfo file)
    {
        FileSystemInfo? target = file.LinkTarget is null ? null : file.ResolveLinkTarget(returnFinalTarget: true);
        FileInfo real = target is null ? file : new FileInfo(target.FullName);
        return real.Exists
            ? new FileStamp(real.Length, real.LastWriteTimeUtc, target?.FullName)
            : new FileStamp(-1, default, target?.FullName);
    }
}
