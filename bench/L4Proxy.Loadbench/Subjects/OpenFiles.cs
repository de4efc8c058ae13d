using System.Globalization;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>How many files each process may open (RLIMIT_NOFILE): proxies that are started inherit it.</summary>
internal static class OpenFiles
{
    /// <summary>
    /// The soft limit as it is now. The runtime has raised it to the hard limit when it started, and what it starts gets that, too.
    /// </summary>
    public static long Limit { get; } = Parse(File.ReadAllLines("/proc/self/limits"));

    public static long Parse(IEnumerable<string> limits)
    {
        const string Name = "Max open files";
        string line = limits.First(l => l.StartsWith(Name, StringComparison.Ordinal));
        string soft = line[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];

        // No process has more descriptors than this, whatever its limit (fs.nr_open).
        const long Most = 1_048_576;
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long limit) ? Math.Min(limit, Most) : Most;
    }
}
