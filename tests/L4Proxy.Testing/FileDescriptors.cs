namespace L4Proxy.Testing;

/// <summary>The open descriptors of this process that a proxy could leak: sockets and pipes. Linux only.</summary>
public static class FileDescriptors
{
    /// <summary>Descriptors open now that are sockets or pipes.</summary>
    public static int CountOpen() => Directory.EnumerateFiles("/proc/self/fd").Count(IsSocketOrPipe);

    /// <summary>Soft limit of this process, from /proc/self/limits.</summary>
    public static int Limit()
    {
        string line = File.ReadLines("/proc/self/limits").First(l => l.StartsWith("Max open files", StringComparison.Ordinal));
        string soft = line["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return int.TryParse(soft, out int limit) ? limit : int.MaxValue;
    }

    private static bool IsSocketOrPipe(string path)
    {
        try
        {
            string? target = File.ResolveLinkTarget(path, returnFinalTarget: false)?.Name;
            return target is not null && (target.StartsWith("socket:", StringComparison.Ordinal) || target.StartsWith("pipe:", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            // Closed since it was listed.
            return false;
        }
    }
}
