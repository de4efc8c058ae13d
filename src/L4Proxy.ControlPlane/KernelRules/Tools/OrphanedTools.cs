using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace L4Proxy.ControlPlane.KernelRules.Tools;

/// <summary>
/// Tools whose lines an l4proxy followed that was killed. Those that monitor would stay for ever: the .NET runtime ignores SIGPIPE, children
/// inherit that (execve(2)), and nft and ip take no notice of writes that fail; one that lists ends by itself, and nobody waits for it. Each is
/// known by a variable in its environment that names its parent.
/// </summary>
public static class OrphanedTools
{
    private const string Variable = "L4PROXY_PARENT";
    private const string Processes = "/proc";

    /// <summary>Makes a tool that is about to be started known.</summary>
    internal static void Mark(ProcessStartInfo start) => start.Environment[Variable] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// Ends those of this network namespace. For who holds the lock of rules: then no other l4proxy, perhaps of a container with process
    /// numbers of its own, has such tools here.
    /// </summary>
    public static void End()
    {
        if (!Directory.Exists(Processes) || NetworkOf("self") is not { } network)
        {
            return;
        }

        foreach (string folder in Directory.EnumerateDirectories(Processes))
        {
            string id = Path.GetFileName(folder);
            if (int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int process) && IsOrphan(id) && NetworkOf(id) == network)
            {
                Kill(process);
            }
        }
    }

    private static bool IsOrphan(string id)
    {
        try
        {
            string? parent = File.ReadAllText($"{Processes}/{id}/environ").Split('\0')
                .FirstOrDefault(v => v.StartsWith(Variable + "=", StringComparison.Ordinal))?[(Variable.Length + 1)..];
            return parent is not null && !File.ReadLines($"{Processes}/{id}/status").Contains($"PPid:\t{parent}", StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is somebody else's.
            return false;
        }
    }

    private static string? NetworkOf(string id)
    {
        try
        {
            return new FileInfo($"{Processes}/{id}/ns/net").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Kill(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It has ended meanwhile.
        }
    }
}
