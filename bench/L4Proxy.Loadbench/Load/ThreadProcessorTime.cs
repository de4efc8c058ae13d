using System.Globalization;

namespace L4Proxy.Loadbench.Load;

/// <summary>CPU time of one thread, for any other to read.</summary>
internal sealed class ThreadProcessorTime
{
    private string? _path;

    /// <summary>Takes the calling thread.</summary>
    public void Attach() => Volatile.Write(
        ref _path, Path.Combine("/proc", File.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false)!.FullName, "schedstat"));

    /// <summary>Zero when the thread has ended, and where the kernel does not tell (CONFIG_SCHED_INFO).</summary>
    public TimeSpan Read()
    {
        if (Volatile.Read(ref _path) is not { } path)
        {
            return TimeSpan.Zero;
        }

        try
        {
            // Nanoseconds on a processor, nanoseconds of waiting for one, time slices: Documentation/scheduler/sched-stats.rst.
            ReadOnlySpan<char> text = File.ReadAllText(path);
            return TimeSpan.FromMicroseconds(long.Parse(text[..text.IndexOf(' ')], CultureInfo.InvariantCulture) / 1000.0);
        }
        catch (IOException)
        {
            return TimeSpan.Zero;
        }
    }
}
