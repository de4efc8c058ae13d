using System.Collections;
using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace L4Proxy.Loadbench.Results;

/// <summary>Reads what a run runs on from the system.</summary>
internal static class BenchEnvironmentProbe
{
    /// <summary>Above this share of all cores, others were at work in the minute before.</summary>
    private const double QuietLoad = 0.1;

    /// <summary>Without versions and command lines of proxies, which the caller adds. What the system does not tell is <c>unknown</c> or 0.</summary>
    /// <param name="arguments">Of this program.</param>
    /// <param name="time">When the run starts.</param>
    public static BenchEnvironment Collect(IEnumerable<string> arguments, TimeProvider time) => new()
    {
        Started = time.GetUtcNow(),
        Kernel = $"{FirstLine("/proc/sys/kernel/ostype")} {FirstLine("/proc/sys/kernel/osrelease")} {FirstLine("/proc/sys/kernel/version")} {RuntimeInformation.OSArchitecture}",
        Processor = ValueOf("/proc/cpuinfo", "model name") ?? "unknown",
        Cores = Environment.ProcessorCount,
        MemoryBytes = MemoryBytes(),
        Runtime = RuntimeInformation.FrameworkDescription,
        Commit = Commit(),
        CommandLine = string.Join(' ', arguments.Prepend("loadbench").Select(Quoted)),
        Versions = ImmutableSortedDictionary<string, string>.Empty,
        CommandLines = ImmutableSortedDictionary<string, string>.Empty,
        Variables = Variables(),
        OpenFiles = Subjects.OpenFiles.Limit,
        Remarks = [.. Remarks()],
    };

    /// <summary>The proxy that is measured inherits them, and they change how it is compiled and collected.</summary>
    private static ImmutableSortedDictionary<string, string> Variables() => Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .Select(v => (Name: (string)v.Key, Value: (string?)v.Value ?? ""))
        .Where(v => v.Name.StartsWith("DOTNET_", StringComparison.Ordinal) || v.Name.StartsWith("COMPlus_", StringComparison.Ordinal))
        .ToImmutableSortedDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal);

    private static IEnumerable<string> Remarks()
    {
        if (double.TryParse(FirstLine("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture, out double load) && load > QuietLoad * Environment.ProcessorCount)
        {
            yield return $"The machine was not idle before the run: load average {load} over the last minute, {Environment.ProcessorCount} cores.";
        }

        if (ValueOf("/proc/cpuinfo", "flags")?.Split(' ').Contains("hypervisor", StringComparer.Ordinal) == true)
        {
            yield return "The machine is virtual: others on its host may take time that is not seen here.";
        }

        string governor = FirstLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
        if (governor is not ("unknown" or "performance"))
        {
            yield return $"The clock of the processor changes with load (governor '{governor}').";
        }
    }

    private static long MemoryBytes() =>
        ValueOf("/proc/meminfo", "MemTotal")?.Split(' ') is [var number, "kB"] && long.TryParse(number, CultureInfo.InvariantCulture, out long kilobytes)
            ? kilobytes * 1024
            : 0;

    /// <summary>The value of the first line <c>key : value</c> of a file in /proc.</summary>
    private static string? ValueOf(string file, string key) => Lines(file)
        .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
        .FirstOrDefault(parts => parts.Length == 2 && parts[0] == key)?[1];

    private static string FirstLine(string file) => Lines(file).FirstOrDefault("unknown");

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string? Commit()
    {
        string? commit = Git("rev-parse", "HEAD")?.Trim();
        if (string.IsNullOrEmpty(commit))
        {
            return null;
        }

        return string.IsNullOrWhiteSpace(Git("status", "--porcelain", "--untracked-files=no")) ? commit : $"{commit} (changed)";
    }

    /// <summary>What git says in the folder of the program; null where there is no git or no checkout.</summary>
    private static string? Git(params ReadOnlySpan<string> arguments)
    {
        ProcessStartInfo start = new("git", [.. arguments])
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        try
        {
            using Process git = Process.Start(start)!;
            git.ErrorDataReceived += (_, _) => { };
            git.BeginErrorReadLine();
            string output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static string Quoted(string argument) => argument.Contains(' ') || argument.Length == 0 ? $"'{argument}'" : argument;
}
