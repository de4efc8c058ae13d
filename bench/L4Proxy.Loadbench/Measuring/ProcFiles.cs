using System.Globalization;

namespace L4Proxy.Loadbench.Measuring;

/// <summary>What Linux tells of processes, see proc(5). What has ended meanwhile reads as null or as nothing.</summary>
internal static class ProcFiles
{
    /// <summary>The fields of <c>/proc/PID/stat</c>: processor time of a process, all threads included, in ticks of 10 ms (USER_HZ).</summary>
    public static ProcessStat? ReadStat(int processId) => ParseStat(Read($"/proc/{processId}/stat"));

    public static ProcessStat? ParseStat(string? text)
    {
        // The name of the program is in parentheses and may itself contain spaces and parentheses.
        if (text is null || text.LastIndexOf(')') is var name && name < 0)
        {
            return null;
        }

        string[] fields = text[(name + 2)..].Split(' ');
        long Field(int number) => long.Parse(fields[number - 3], CultureInfo.InvariantCulture);
        return new ProcessStat((int)Field(4), Field(14) + Field(16), Field(15) + Field(17), Field(16) + Field(17));
    }

    public static long? ReadThreadNanoseconds(int processId, int threadId) => ReadNanoseconds($"/proc/{processId}/task/{threadId}/schedstat");

    /// <summary>
    /// Nanoseconds that a thread ran on a processor: the first field of its <c>schedstat</c> (Documentation/scheduler/sched-stats.rst).
    /// </summary>
    public static long? ReadNanoseconds(string schedstat) => Read(schedstat) is { } text && text.IndexOf(' ') is > 0 and var end
        ? long.Parse(text.AsSpan(0, end), CultureInfo.InvariantCulture)
        : null;

    /// <summary>Processor time of what this process has started and waited for, to 10 ms; programs that end are all that it can be asked of.</summary>
    public static double ReadChildMicroseconds() => (ReadStat(Environment.ProcessId)?.ChildTicks ?? 0) * 10_000.0;

    /// <summary>Bytes of a field of <c>/proc/PID/status</c> such as <c>VmRSS</c>; 0 without it.</summary>
    public static long ReadStatusBytes(int processId, string field) => ParseStatusBytes(Read($"/proc/{processId}/status"), field);

    public static long ParseStatusBytes(string? text, string field)
    {
        foreach (ReadOnlySpan<char> line in (text ?? "").AsSpan().EnumerateLines())
        {
            if (line.StartsWith(field, StringComparison.Ordinal) && line.Length > field.Length && line[field.Length] == ':')
            {
                ReadOnlySpan<char> number = line[(field.Length + 1)..].Trim();
                return 1024 * long.Parse(number.TrimEnd("kB").Trim(), CultureInfo.InvariantCulture);
            }
        }

        return 0;
    }

    /// <summary><c>/proc/stat</c>: what all processors did since the start.</summary>
    public static string? ReadProcessors() => Read("/proc/stat");

    public static IEnumerable<int> Threads(int processId) => Numbers($"/proc/{processId}/task");

    public static IEnumerable<int> Processes() => Numbers("/proc");

    /// <summary>What all threads of a process have started and not waited for; null where the kernel does not tell (CONFIG_PROC_CHILDREN).</summary>
    public static IEnumerable<int>? Children(int processId)
    {
        List<int> all = [];
        foreach (int thread in Threads(processId))
        {
            if (Read($"/proc/{processId}/task/{thread}/children") is not { } text)
            {
                return null;
            }

            all.AddRange(text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture)));
        }

        return all;
    }

    /// <summary>The command line as the process shows it now, arguments separated by blanks; programs may overwrite it.</summary>
    public static string ReadCommandLine(int processId) => Read($"/proc/{processId}/cmdline")?.Replace('\0', ' ').Trim() ?? "";

    /// <summary>Lets <c>VmHWM</c>, the highest resident memory, begin anew.</summary>
    public static void ResetPeak(int processId)
    {
        try
        {
            File.WriteAllText($"/proc/{processId}/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Ended, or a kernel without it: the peak is then that of the whole life.
        }
    }

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static IEnumerable<int> Numbers(string folder)
    {
        string[] entries;
        try
        {
            entries = Directory.GetDirectories(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            entries = [];
        }

        foreach (string entry in entries)
        {
            if (int.TryParse(Path.GetFileName(entry.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                yield return number;
            }
        }
    }
}
