using System.Globalization;

namespace L4Proxy.DataPlane.Engines;

/// <summary>What this process may open.</summary>
internal static class ResourceLimits
{
    /// <summary>Where no limit can be read, as on systems without /proc: enough not to limit anybody.</summary>
    private const long UnknownLimit = 2_000_000;

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

    /// <summary>The same from the lines of <c>/proc/PID/limits</c>.</summary>
    internal static long ParseOpenFiles(IEnumerable<string> lines)
    {
        const string Name = "Max open files";
        string? line = lines.FirstOrDefault(l => l.StartsWith(Name, StringComparison.Ordinal));
        string? soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();

        // "unlimited" is no number, and no limit.
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long descriptors) ? descriptors : UnknownLimit;
    }
}
