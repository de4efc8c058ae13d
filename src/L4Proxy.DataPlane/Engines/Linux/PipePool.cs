using L4Proxy.DataPlane.Engines.Linux.Interop;

namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>
/// The pipes of one event loop. Bounded, because each takes two descriptors and up to its capacity of kernel
/// memory; who gets none copies instead. A pipe that still holds bytes is closed, never pooled.
/// </summary>
internal sealed unsafe class PipePool(int maxPipes) : IDisposable
{
    /// <summary>
    /// Asked of F_SETPIPE_SZ. Of 64 KiB to 1 MiB, 256 KiB is where CPU time per byte stops falling on loopback;
    /// the kernel's limit for users without privileges (fs.pipe-user-pages-soft) may give less.
    /// </summary>
    private const int WantedCapacity = 256 * 1024;

    /// <summary>Pipes kept when nobody uses them.</summary>
    private const int MaxIdle = 16;

    private readonly Stack<SplicePipe> _idle = new();
    private int _open;

    /// <summary>An empty pipe, or null when there are as many as there may be.</summary>
    public SplicePipe? Take()
    {
        if (_idle.TryPop(out SplicePipe? pooled))
        {
            return pooled;
        }

        int* ends = stackalloc int[2];
        if (_open >= maxPipes || Libc.Pipe2(ends, Kernel.O_CLOEXEC | Kernel.O_NONBLOCK) < 0)
        {
            return null;
        }

        if (DescriptorReserve.Holds(Math.Max(ends[0], ends[1])))
        {
            LinuxFd.Close(ends[0]);
            LinuxFd.Close(ends[1]);
            return null;
        }

        _open++;
        int capacity = Libc.Fcntl(ends[1], Kernel.F_SETPIPE_SZ, WantedCapacity);
        return new SplicePipe(ends[0], ends[1], capacity > 0 ? capacity : 64 * 1024);
    }

    /// <param name="pipe">The pipe; its user keeps no reference.</param>
    /// <param name="clean">Whether it is empty.</param>
    public void Return(SplicePipe pipe, bool clean)
    {
        if (clean && _idle.Count < MaxIdle)
        {
            _idle.Push(pipe);
            return;
        }

        Close(pipe);
    }

    public void Dispose()
    {
        while (_idle.TryPop(out SplicePipe? pipe))
        {
            Close(pipe);
        }
    }

    private void Close(SplicePipe pipe)
    {
        LinuxFd.Close(pipe.ReadEnd);
        LinuxFd.Close(pipe.WriteEnd);
        _open--;
    }
}
