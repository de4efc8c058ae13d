using L4Proxy.Loadbench.Measuring;

namespace L4Proxy.Loadbench.Load;

/// <summary>CPU time of one thread, for any other to read.</summary>
internal sealed class ThreadProcessorTime
{
    private string? _path;

    /// <summary>Takes the calling thread.</summary>
    public void Attach() => Volatile.Write(
        ref _path, Path.Combine("/proc", File.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false)!.FullName, "schedstat"));

    /// <summary>Zero when the thread has ended, and where the kernel does not tell (CONFIG_SCHED_INFO).</summary>
    public TimeSpan Read() => Volatile.Read(ref _path) is { } path && ProcFiles.ReadNanoseconds(path) is { } nanoseconds
        ? TimeSpan.FromMicroseconds(nanoseconds / 1000.0)
        : TimeSpan.Zero;
}
