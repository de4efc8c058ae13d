using System.Diagnostics;
using System.Globalization;

namespace L4Proxy.Admin.Metrics;

/// <summary>What Prometheus' client libraries say of a process, under their names.</summary>
internal sealed class ProcessMetrics : IMetricSource
{
    private readonly double _start = (Process.GetCurrentProcess().StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;

    public IEnumerable<MetricFamily> Collect()
    {
        yield return Metric("process_cpu_seconds_total", "counter", "CPU time of user and system.", Environment.CpuUsage.TotalTime.TotalSeconds);
        yield return Metric("process_resident_memory_bytes", "gauge", "Resident memory.", Environment.WorkingSet);
        yield return Metric("process_start_time_seconds", "gauge", "Start of the process since the Unix epoch.", _start);
        if (OperatingSystem.IsLinux())
        {
            yield return Metric("process_open_fds", "gauge", "Open file descriptors.", OpenDescriptors());
            yield return Metric("process_max_fds", "gauge", "Soft limit of open file descriptors.", MaxDescriptors());
        }
    }

    private static MetricFamily Metric(string name, string type, string help, double value) => writer =>
    {
        writer.Head(name, type, help);
        writer.Series().Value(value);
    };

    private static double OpenDescriptors() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();

    private static double MaxDescriptors()
    {
        const string Name = "Max open files";
        string? line = File.ReadLines("/proc/self/limits").FirstOrDefault(l => l.StartsWith(Name, StringComparison.Ordinal));
        string soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0] ?? "";
        return double.TryParse(soft, CultureInfo.InvariantCulture, out double limit) ? limit : double.PositiveInfinity;
    }
}
