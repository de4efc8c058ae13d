using System.Buffers.Binary;
using System.ComponentModel;
using System.Net;
using System.Runtime.InteropServices;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Engines.Linux.Interop;

/// <summary>Safe operations on descriptors: what the engine does outside its hot path, and what repeats.</summary>
internal static unsafe class LinuxFd
{
    /// <summary>The failure of the last call as an exception.</summary>
    public static Win32Exception Error(string call)
    {
        int errno = Marshal.GetLastPInvokeError();
        return new Win32Exception(errno, $"{call}: {Marshal.GetPInvokeErrorMessage(errno)}");
    }

    public static int SetOption(int fd, int level, int name, int value) =>
        Libc.SetSockOpt(fd, level, name, &value, sizeof(int));

    /// <summary>The pending error of a socket, cleared by reading (SO_ERROR).</summary>
    public static int TakeError(int fd)
    {
        int value = 0;
        uint length = sizeof(int);
        return Libc.GetSockOpt(fd, Kernel.SOL_SOCKET, Kernel.SO_ERROR, &value, &length) == 0
            ? value
            : Marshal.GetLastPInvokeError();
    }

    /// <summary>
    /// Whether a connect met itself: a dial to a free port of this host may be given that very port as its local one, and
    /// TCP's simultaneous open (RFC 9293, section 3.5) then connects the socket with itself.
    /// </summary>
    public static bool IsSelfConnected(int fd, IPEndPoint remote)
    {
        byte* name = stackalloc byte[Kernel.SockAddrSize];
        uint length = Kernel.SockAddrSize;
        return Libc.GetSockName(fd, name, &length) == 0
            && ReadPort(name) == remote.Port
            && ReadAddress(name).Address == ClientAddress.From(remote).Address;
    }

    /// <summary>
    /// Where the client of a capture listener wanted to go: what connection tracking remembers of it when its destination was
    /// rewritten (REDIRECT, DNAT), else the address of the socket itself, which TPROXY leaves as it was.
    /// </summary>
    public static ClientAddress OriginalDestination(int fd, bool isIPv4)
    {
        byte* name = stackalloc byte[Kernel.SockAddrSize];
        uint length = Kernel.SockAddrSize;
        if (Libc.GetSockOpt(fd, isIPv4 ? Kernel.IPPROTO_IP : Kernel.IPPROTO_IPV6, Kernel.SO_ORIGINAL_DST, name, &length) == 0)
        {
            return ReadAddress(name);
        }

        return LocalAddress(fd);
    }

    /// <summary>The local address of a socket; unset when it has none any more.</summary>
    public static ClientAddress LocalAddress(int fd)
    {
        byte* name = stackalloc byte[Kernel.SockAddrSize];
        uint length = Kernel.SockAddrSize;
        return Libc.GetSockName(fd, name, &length) == 0 ? ReadAddress(name) : default;
    }

    /// <summary>
    /// Binds a socket to the address of somebody else, its port to be chosen by connect(2); 0 or the error number.
    /// </summary>
    public static int BindTransparent(int fd, in ClientAddress source)
    {
        byte* name = stackalloc byte[Kernel.SockAddrSize];
        new Span<byte>(name, Kernel.SockAddrSize).Clear();
        bool v4 = source.IsIPv4;
        *(ushort*)name = (ushort)(v4 ? Kernel.AF_INET : Kernel.AF_INET6);
        if (v4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(name + 4, 4), (uint)source.Address);
        }
        else
        {
            BinaryPrimitives.WriteUInt128BigEndian(new Span<byte>(name + 8, 16), source.Address);
        }

        SetOption(fd, Kernel.IPPROTO_IP, Kernel.IP_BIND_ADDRESS_NO_PORT, 1);
        int allowed = SetOption(
            fd, v4 ? Kernel.IPPROTO_IP : Kernel.IPPROTO_IPV6, v4 ? Kernel.IP_TRANSPARENT : Kernel.IPV6_TRANSPARENT, 1);
        return allowed == 0 && Libc.Bind(fd, name, v4 ? Kernel.SockAddrInSize : (uint)Kernel.SockAddrSize) == 0
            ? 0
            : Marshal.GetLastPInvokeError();
    }

    /// <summary>Closes a descriptor. On Linux it is gone whatever close(2) returns, EINTR included: nothing is retried.</summary>
    public static void Close(int fd) => _ = Libc.Close(fd);

    /// <summary>Closes a connection by RST: SO_LINGER with a time of zero, socket(7).</summary>
    public static void Reset(int fd)
    {
        int* linger = stackalloc int[2];
        linger[0] = 1;
        linger[1] = 0;
        _ = Libc.SetSockOpt(fd, Kernel.SOL_SOCKET, Kernel.SO_LINGER, linger, 2 * sizeof(int));
        Close(fd);
    }

    /// <summary>recv(2) that a signal cannot interrupt; 0 at the end of the stream, -1 with an error.</summary>
    public static nint Receive(int fd, byte* buffer, int capacity, int flags = 0)
    {
        nint count;
        do
        {
            count = Libc.Recv(fd, buffer, (nuint)capacity, flags);
        }
        while (count < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);
        return count;
    }

    /// <summary>send(2) that neither raises SIGPIPE nor can be interrupted; -1 with an error.</summary>
    public static nint Send(int fd, byte* bytes, int count)
    {
        nint sent;
        do
        {
            sent = Libc.Send(fd, bytes, (nuint)count, Kernel.MSG_NOSIGNAL);
        }
        while (sent < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);
        return sent;
    }

    /// <summary>A descriptor of nothing, to be given up when there is no other; -1 when there is none even now.</summary>
    public static int OpenSpare()
    {
        fixed (byte* path = "/dev/null\0"u8)
        {
            return Libc.Open(path, Kernel.O_RDONLY | Kernel.O_CLOEXEC);
        }
    }

    /// <summary>Takes back what an earlier <see cref="Apply"/> may have set, so that other options can follow.</summary>
    public static void ClearOptions(int fd)
    {
        SetOption(fd, Kernel.IPPROTO_TCP, Kernel.TCP_NODELAY, 0);
        SetOption(fd, Kernel.SOL_SOCKET, Kernel.SO_KEEPALIVE, 0);
        SetOption(fd, Kernel.IPPROTO_TCP, Kernel.TCP_USER_TIMEOUT, 0);
    }

    /// <summary>
    /// Sets on a fresh socket what both sockets of a connection have in common. A listening socket hands it on
    /// to what it accepts.
    /// </summary>
    public static void Apply(int fd, TcpOptions options)
    {
        if (options.NoDelay)
        {
            SetOption(fd, Kernel.IPPROTO_TCP, Kernel.TCP_NODELAY, 1);
        }

        if (options.KeepAliveSeconds > 0)
        {
            SetOption(fd, Kernel.SOL_SOCKET, Kernel.SO_KEEPALIVE, 1);
            SetOption(fd, Kernel.IPPROTO_TCP, Kernel.TCP_KEEPIDLE, options.KeepAliveSeconds);
            SetOption(fd, Kernel.IPPROTO_TCP, Kernel.TCP_KEEPINTVL, options.KeepAliveIntervalSeconds);
            SetOption(fd, Kernel.IPPROTO_TCP, Kernel.TCP_KEEPCNT, options.KeepAliveProbes);
        }

        if (options.UserTimeout > TimeSpan.Zero)
        {
            SetOption(fd, Kernel.IPPROTO_TCP, Kernel.TCP_USER_TIMEOUT, (int)options.UserTimeout.TotalMilliseconds);
        }
    }

    /// <summary>An address as accept4(2) writes it.</summary>
    public static ClientAddress ReadAddress(byte* address)
    {
        ushort port = ReadPort(address);
        return *(ushort*)address == Kernel.AF_INET
            ? ClientAddress.FromIPv4(
                ((uint)address[4] << 24) | ((uint)address[5] << 16) | ((uint)address[6] << 8) | address[7], port)
            : ClientAddress.FromIPv6(new ReadOnlySpan<byte>(address + 8, 16), port);
    }

    private static ushort ReadPort(byte* address) => (ushort)((address[2] << 8) | address[3]);
}
