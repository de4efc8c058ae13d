using System.Globalization;

namespace L4Proxy.DataPlane.Engines;

/// <summary>What this process may open, and how many connections that allows.</summary>
internal static class ResourceLimits
{
    /// <summary>Descriptors kept for listeners, the runtime, logs, files and the admin endpoint.</summary>
    private const int ReservedDescriptors = 64;

    /// <summary>A relayed connection holds one socket towards the client and one towards the endpoint.</summary>
    private const int DescriptorsPerConnection = 2;

    private const int FewestConnections = 16;

    /// <summary>Where no limit can be read: the top of what an option of this kind accepts in practice.</summary>
    private const int UnknownLimit = 1_000_000;

    /// <summary>
    /// Connections at once when the configuration names no number: what the soft RLIMIT_NOFILE leaves after the
    /// reserve, at two descriptors each. Read from <c>/proc/self/limits</c> (proc_pid_limits(5)); systems without
    /// it get one million.
    /// </summary>
    public static int DefaultMaxConnections()
    {
        try
        {
            return File.Exists("/proc/self/limits") ? FromProcLimits(File.ReadLines("/proc/self/limits")) : UnknownLimit;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return UnknownLimit;
        }
    }

    /// <summary>The same from the lines of <c>/proc/PID/limits</c>.</summary>
    internal static int FromProcLimits(IEnumerable<string> lines)
    {
        const string Name = "Max open files";
        string? line = lines.FirstOrDefault(l => l.StartsWith(Name, StringComparison.Ordinal));
        string? soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        if (!long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long descriptors))
        {
            // "unlimited", or a kernel that writes something else.
            return UnknownLimit;
        }

        return (int)Math.Clamp((descriptors - ReservedDescriptors) / DescriptorsPerConnection, FewestConnections, int.MaxValue);
    }
}
