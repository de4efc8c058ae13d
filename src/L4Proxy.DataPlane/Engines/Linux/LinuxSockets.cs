using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using L4Proxy.DataPlane.Engines.Linux.Interop;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>Binding the sockets of a listener.</summary>
internal static unsafe class LinuxSockets
{
    /// <summary>Ports tried when any will do: each is lost only to who binds within microseconds.</summary>
    private const int AnyPortAttempts = 8;

    /// <summary>
    /// One socket, or several to share an address among loops. Nobody else may have the port: SO_REUSEPORT alone would let
    /// a second proxy of the same user take half of the clients unnoticed, so a first bind without it finds out.
    /// </summary>
    public static int[] Bind(FrontendEntry frontend, EngineOptions options, int count, out IPEndPoint local)
    {
        IPEndPoint address = frontend.Address;
        Traits traits = new(frontend.TakesIPv4, options.BindRoutedAddresses);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return BindOnce(address, traits, count, out local);
            }
            catch (ListenException e) when (address.Port == 0 && e.Error == SocketError.AddressAlreadyInUse && attempt < AnyPortAttempts)
            {
                // Somebody took the port that was found between two of the binds; there are others.
            }
        }
    }

    private static int[] BindOnce(IPEndPoint address, Traits traits, int count, out IPEndPoint local)
    {
        int first = BindAlone(address, traits, out local);
        if (count == 1 && address.Port != 0)
        {
            SetShared(first, shared: false);
            return [first];
        }

        // A port that the kernel chose is given back when the socket stops to listen: it has to be asked for by number.
        LinuxFd.Close(first);
        int[] fds = new int[count];
        int opened = 0;
        try
        {
            for (; opened < count; opened++)
            {
                fds[opened] = Open(local, traits, reusePort: count > 1);
                BindTo(fds[opened], local);
            }
        }
        catch (ListenException)
        {
            for (int i = 0; i <= opened && i < count; i++)
            {
                if (fds[i] > 0)
                {
                    LinuxFd.Close(fds[i]);
                }
            }

            throw;
        }

        foreach (int fd in fds)
        {
            SetShared(fd, shared: false);
        }

        return fds;
    }

    /// <summary>
    /// Whether another socket may be bound beside this one (SO_REUSEADDR). Needed to bind and to listen while old
    /// connections of the port linger. A socket that is bound and does not listen must not have it: whoever asks for
    /// it too, as most servers do, would get the port.
    /// </summary>
    public static void SetShared(int fd, bool shared) => LinuxFd.SetOption(fd, Kernel.SOL_SOCKET, Kernel.SO_REUSEADDR, shared ? 1 : 0);

    public static ListenException ListenError(IPEndPoint address, int errno) => errno switch
    {
        Errno.EADDRINUSE => new ListenException(address, SocketError.AddressAlreadyInUse, "the address is already in use"),
        Errno.EACCES or Errno.EPERM => new ListenException(
            address, SocketError.AccessDenied, "permission denied; ports below 1024 need CAP_NET_BIND_SERVICE"),
        Errno.EADDRNOTAVAIL => new ListenException(
            address, SocketError.AddressNotAvailable, "this host does not have the address"),
        Errno.EMFILE or Errno.ENFILE => new ListenException(
            address, SocketError.TooManyOpenSockets, "too many open files; raise the limit (ulimit -n)"),
        _ => new ListenException(address, SocketError.SocketError, Marshal.GetPInvokeErrorMessage(errno)),
    };

    private static int BindAlone(IPEndPoint address, Traits traits, out IPEndPoint local)
    {
        int fd = Open(address, traits, reusePort: false);
        try
        {
            BindTo(fd, address);
            local = address.Port == 0 ? NameOf(fd, address) : address;
            return fd;
        }
        catch (ListenException)
        {
            LinuxFd.Close(fd);
            throw;
        }
    }

    private static int Open(IPEndPoint address, Traits traits, bool reusePort)
    {
        bool v4 = address.AddressFamily == AddressFamily.InterNetwork;
        int fd = Libc.Socket(
            v4 ? Kernel.AF_INET : Kernel.AF_INET6, Kernel.SOCK_STREAM | Kernel.SOCK_NONBLOCK | Kernel.SOCK_CLOEXEC, Kernel.IPPROTO_TCP);
        if (fd < 0)
        {
            throw ListenError(address, Marshal.GetLastPInvokeError());
        }

        if (DescriptorReserve.Holds(fd))
        {
            LinuxFd.Close(fd);
            throw ListenError(address, Errno.EMFILE);
        }

        // For any free port the kernel searches only half of its range when the socket may share, and takes seconds over
        // thousands of sockets then; a port that is free has no old connections anyway.
        SetShared(fd, shared: address.Port != 0);
        if (reusePort)
        {
            LinuxFd.SetOption(fd, Kernel.SOL_SOCKET, Kernel.SO_REUSEPORT, 1);
        }

        if (!v4)
        {
            // [::] serves both families, whatever net.ipv6.bindv6only says, unless it captures; other addresses are of one family anyway.
            LinuxFd.SetOption(fd, Kernel.IPPROTO_IPV6, Kernel.IPV6_V6ONLY, traits.TakesIPv4 ? 0 : 1);
            LinuxFd.SetOption(fd, Kernel.IPPROTO_IPV6, Kernel.IPV6_FREEBIND, traits.IsRouted ? 1 : 0);
        }

        return fd;
    }

    private static void BindTo(int fd, IPEndPoint address)
    {
        SocketAddress native = address.Serialize();
        fixed (byte* bytes = native.Buffer.Span)
        {
            if (Libc.Bind(fd, bytes, (uint)native.Size) < 0)
            {
                throw ListenError(address, Marshal.GetLastPInvokeError());
            }
        }
    }

    private static IPEndPoint NameOf(int fd, IPEndPoint asked)
    {
        byte* name = stackalloc byte[Kernel.SockAddrSize];
        uint length = Kernel.SockAddrSize;
        return Libc.GetSockName(fd, name, &length) == 0
            ? new IPEndPoint(asked.Address, (name[2] << 8) | name[3])
            : throw ListenError(asked, Marshal.GetLastPInvokeError());
    }

    /// <summary>What an IPv6 socket is told besides its address.</summary>
    private readonly record struct Traits(bool TakesIPv4, bool IsRouted);
}
