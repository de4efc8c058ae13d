using System.Globalization;
using System.Text.RegularExpressions;

namespace L4Proxy.Testing.Processes;

/// <summary>
/// Names of network namespaces say which process made them, by its id and the moment of its start: several suites may run side by side, and
/// what a killed one left behind is told from what a living one uses.
/// </summary>
internal static partial class NamespaceName
{
    private const string Folder = "/var/run/netns";

    private static int s_count;

    public static string Next()
    {
        string start = StartOf(Environment.ProcessId) ?? throw new InvalidOperationException("no /proc/self/stat");
        return string.Create(CultureInfo.InvariantCulture, $"l4p-{Environment.ProcessId}-{start}-{Interlocked.Increment(ref s_count)}");
    }

    /// <summary>Namespaces whose processes are gone.</summary>
    public static IReadOnlyList<string> Stale() => !Directory.Exists(Folder)
        ? []
        : [.. Directory.EnumerateFileSystemEntries(Folder).Select(path => Path.GetFileName(path)!).Where(IsStale)];

    private static bool IsStale(string name) =>
        Pattern().Match(name) is { Success: true } match
        && StartOf(int.Parse(match.Groups["process"].Value, CultureInfo.InvariantCulture)) != match.Groups["start"].Value;

    /// <summary>Field starttime of /proc/PID/stat, proc(5); null when there is no such process.</summary>
    private static string? StartOf(int processId)
    {
        try
        {
            // The command's name, in parentheses, may have blanks; the 20th field after it is the start.
            string stat = File.ReadAllText($"/proc/{processId}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^l4p-(?<process>\d{1,9})-(?<start>\d+)-\d+$")]
    private static partial Regex Pattern();
}
