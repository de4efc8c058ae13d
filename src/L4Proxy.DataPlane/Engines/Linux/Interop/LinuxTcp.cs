using System.Runtime.InteropServices;

namespace L4Proxy.DataPlane.Engines.Linux.Interop;

/// <summary>
/// TCP sockets for event loops that hold no pointers: those of bench/L4Proxy.Loadbench, and no engine's; they are here because unsafe code is
/// allowed here alone. All of them are non-blocking. What fails returns the error number negated, as the kernel itself does.
/// </summary>
internal static unsafe class LinuxTcp
{
    /// <summary>A new socket.</summary>
    /// <param name="family">AF_INET or AF_INET6.</param>
    public static int Open(int family)
    {
        int fd = Libc.Socket(family, Kernel.SOCK_STREAM | Kernel.SOCK_NONBLOCK | Kernel.SOCK_CLOEXEC, Kernel.IPPROTO_TCP);
        return fd < 0 ? -Marshal.GetLastPInvokeError() : fd;
    }

    /// <summary>Binds to an address, as struct sockaddr.</summary>
    public static int Bind(int fd, ReadOnlySpan<byte> address)
    {
        fixed (byte* bytes = address)
        {
            return Result(Libc.Bind(fd, bytes, (uint)address.Length));
        }
    }

    /// <summary>Starts to connect; -EINPROGRESS where the answer is still to come.</summary>
    public static int Connect(int fd, ReadOnlySpan<byte> address)
    {
        fixed (byte* bytes = address)
        {
            return Result(Libc.Connect(fd, bytes, (uint)address.Length));
        }
    }

    public static int Listen(int fd, int backlog) => Result(Libc.Listen(fd, backlog));

    /// <summary>The next connection of a listening socket, or -EAGAIN.</summary>
    public static int Accept(int fd)
    {
        int accepted = Libc.Accept4(fd, null, null, Kernel.SOCK_NONBLOCK | Kernel.SOCK_CLOEXEC);
        return accepted < 0 ? -Marshal.GetLastPInvokeError() : accepted;
    }

    /// <summary>Bytes received; 0 at the end of the stream.</summary>
    public static int Receive(int fd, Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            nint count = LinuxFd.Receive(fd, bytes, buffer.Length);
            return count < 0 ? -Marshal.GetLastPInvokeError() : (int)count;
        }
    }

    /// <summary>Receives bytes and drops them in the kernel, which copies nothing (MSG_TRUNC, tcp(7)).</summary>
    public static int Discard(int fd, int count)
    {
        nint dropped = LinuxFd.Receive(fd, null, count, Kernel.MSG_TRUNC);
        return dropped < 0 ? -Marshal.GetLastPInvokeError() : (int)dropped;
    }

    /// <summary>Bytes that the kernel took.</summary>
    public static int Send(int fd, ReadOnlySpan<byte> content)
    {
        fixed (byte* bytes = content)
        {
            nint sent = LinuxFd.Send(fd, bytes, content.Length);
            return sent < 0 ? -Marshal.GetLastPInvokeError() : (int)sent;
        }
    }

    /// <summary>
    /// Has timers of the calling thread fire on time instead of up to 50 us later (PR_SET_TIMERSLACK, prctl(2)); a system that does not
    /// know it keeps its slack.
    /// </summary>
    public static void WakeOnTime() => _ = Libc.PrCtl(Kernel.PR_SET_TIMERSLACK, 1);

    private static int Result(int returned) => returned < 0 ? -Marshal.GetLastPInvokeError() : returned;
}
