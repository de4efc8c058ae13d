using System.Globalization;

namespace L4Proxy.RulesBench;

/// <summary>Processor time of this process and of the tools that it ran to their end (proc_pid_stat(5), fields 14 to 17).</summary>
internal static class ProcessorTime
{
    /// <summary>USER_HZ, which is 100 on every architecture that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    public static (TimeSpan Own, TimeSpan Tools) Now()
    {
        string stat = File.ReadAllText("/proc/self/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        TimeSpan Seconds(int number) => TimeSpan.FromSeconds(
            (Number(fields[number - 3]) + Number(fields[number - 2])) / TicksPerSecond);
        return (Seconds(14), Seconds(16));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
