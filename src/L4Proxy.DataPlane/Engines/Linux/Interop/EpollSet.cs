using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace L4Proxy.DataPlane.Engines.Linux.Interop;

/// <summary>
/// An epoll instance and its event buffer. struct epoll_event is packed on x86-64 only, so its layout is
/// chosen at start instead of by a struct.
/// </summary>
internal sealed unsafe class EpollSet : IDisposable
{
    private static readonly bool s_packed = RuntimeInformation.ProcessArchitecture == Architecture.X64;
    private static readonly int s_stride = s_packed ? 12 : 16;
    private static readonly int s_dataOffset = s_packed ? 4 : 8;

    /// <summary>Whether epoll_pwait2(2) is there, as far as is known.</summary>
    private static volatile bool s_precise = true;

    private readonly int _fd;
    private readonly int _capacity;
    private byte* _events;

    public EpollSet(int capacity)
    {
        _fd = Libc.EpollCreate1(Kernel.EPOLL_CLOEXEC);
        if (_fd < 0)
        {
            throw LinuxFd.Error("epoll_create1");
        }

        _capacity = capacity;
        _events = (byte*)NativeMemory.AllocZeroed((nuint)(capacity * s_stride));
    }

    /// <summary>Waits for events; 0 when the time is over or a signal came.</summary>
    /// <param name="timeoutMs">Milliseconds; -1 waits for ever.</param>
    public int Wait(int timeoutMs)
    {
        int count = Libc.EpollWait(_fd, _events, _capacity, timeoutMs);
        if (count >= 0)
        {
            return count;
        }

        return Marshal.GetLastPInvokeError() == Errno.EINTR ? 0 : throw LinuxFd.Error("epoll_wait");
    }

    /// <summary>
    /// As <see cref="Wait"/>, with a time to the nanosecond where the system has epoll_pwait2(2) (Linux 5.11, glibc 2.35); elsewhere in
    /// whole milliseconds, rounded down. For bench/L4Proxy.Loadbench, which sends on time; the engines' timers need no more than <see cref="Wait"/>.
    /// </summary>
    /// <param name="timeout">0 or more.</param>
    public int WaitPrecisely(TimeSpan timeout)
    {
        if (!s_precise)
        {
            return Wait((int)timeout.TotalMilliseconds);
        }

        try
        {
            long* time = stackalloc long[2];
            time[0] = timeout.Ticks / TimeSpan.TicksPerSecond;
            time[1] = timeout.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick;
            int count = Libc.EpollPWait2(_fd, _events, _capacity, time, null);
            if (count >= 0 || Marshal.GetLastPInvokeError() == Errno.EINTR)
            {
                return Math.Max(0, count);
            }

            if (Marshal.GetLastPInvokeError() != Errno.ENOSYS)
            {
                throw LinuxFd.Error("epoll_pwait2");
            }
        }
        catch (EntryPointNotFoundException)
        {
            // An older libc.
        }

        s_precise = false;
        return Wait((int)timeout.TotalMilliseconds);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint EventsAt(int index) => Unsafe.ReadUnaligned<uint>(_events + (index * s_stride));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong DataAt(int index) => Unsafe.ReadUnaligned<ulong>(_events + (index * s_stride) + s_dataOffset);

    /// <summary>Registers a descriptor; false when the kernel has no room for it (ENOSPC, ENOMEM).</summary>
    public bool Add(int fd, uint events, ulong data) => Control(Kernel.EPOLL_CTL_ADD, fd, events, data) == 0;

    /// <summary>Changes what a registered descriptor waits for; one that is not registered is left alone.</summary>
    public void Modify(int fd, uint events, ulong data) => Control(Kernel.EPOLL_CTL_MOD, fd, events, data);

    public void Remove(int fd) => Control(Kernel.EPOLL_CTL_DEL, fd, 0, 0);

    public void Dispose()
    {
        LinuxFd.Close(_fd);
        NativeMemory.Free(_events);
        _events = null;
    }

    private int Control(int operation, int fd, uint events, ulong data)
    {
        byte* description = stackalloc byte[16];
        Unsafe.WriteUnaligned(description, events);
        Unsafe.WriteUnaligned(description + s_dataOffset, data);
        return Libc.EpollCtl(_fd, operation, fd, description);
    }
}
