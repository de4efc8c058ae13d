using System.Globalization;

namespace L4Proxy.DataPlane.Engines;

/// <summary>What this process may open.</summary>
public static class ResourceLimits
{
    /// <summary>
    /// Open files that a proxy needs: the runtime takes some 120 for a program of this size, and the rest carries a few dozen connections.
    /// </summary>
    public const int FewestOpenFiles = 256;

    /// <summary>Where no limit can be read, as on systems without /proc: enough not to limit anybody.</summary>
    private const long UnknownLimit = 2_000_000;

    /// <summary>
    /// Descriptors that the process may still open: the limit less those open now. The runtime keeps two for each
    /// assembly that it has loaded, a hundred for a small program, so they do count.
    /// </summary>
    internal static long FreeDescriptors() => Math.Max(0, OpenFiles() - InUse());

    /// <summary>
    /// The soft RLIMIT_NOFILE, from <c>/proc/self/limits</c> (proc_pid_limits(5)). The .NET runtime has raised it to
    /// the hard limit by the time that managed code runs.
    /// </summary>
    public static long OpenFiles()
    {
        try
        {
            return File.Exists("/proc/self/limits") ? ParseOpenFiles(File.ReadLines("/proc/self/limits")) : UnknownLimit;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return UnknownLimit;
        }
    }

    private static long InUse()
    {
        try
        {
            return Directory.Exists("/proc/self/fd") ? Directory.EnumerateFileSystemEntries("/proc/self/fd").LongCount() : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>That limit from the lines of <c>/proc/PID/limits</c>.</summary>
    internal static long ParseOpenFiles(IEnumerable<string> lines)
    {
        const string Name = "Max open files";
        string? line = lines.FirstOrDefault(l => l.StartsWith(Name, StringComparison.Ordinal));
        string? soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();

        // "unlimited" is no number, and no limit.
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long descriptors) ? descriptors : UnknownLimit;
    }
}
