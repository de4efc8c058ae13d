using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Dialing;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>What both sides of a connection need from their socket.</summary>
internal static class TcpSocket
{
    /// <summary>TCP_USER_TIMEOUT of linux/tcp.h; .NET has no name for it.</summary>
    private const int LinuxTcpUserTimeout = 18;

    /// <summary>IP_BIND_ADDRESS_NO_PORT of linux/in.h; .NET has no name for it.</summary>
    private const int LinuxIPBindAddressNoPort = 24;

    /// <summary>SO_ORIGINAL_DST of linux/netfilter_ipv4.h and IP6T_SO_ORIGINAL_DST of linux/netfilter_ipv6/ip6_tables.h.</summary>
    private const int LinuxOriginalDestination = 80;

    /// <summary>IPV6_FREEBIND of linux/in6.h.</summary>
    private const int LinuxIPv6FreeBind = 78;

    private const int IPv6Level = (int)SocketOptionLevel.IPv6;

    private const int IPLevel = (int)SocketOptionLevel.IP;

    private const int TcpLevel = (int)SocketOptionLevel.Tcp;

    /// <summary>Sets the options. A peer that is already gone makes some systems refuse them: relaying finds out by itself.</summary>
    public static void Apply(Socket socket, TcpOptions options)
    {
        try
        {
            socket.NoDelay = options.NoDelay;
            if (options.KeepAliveSeconds > 0)
            {
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, options.KeepAliveSeconds);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, options.KeepAliveIntervalSeconds);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, options.KeepAliveProbes);
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            }

            if (options.UserTimeout > TimeSpan.Zero && OperatingSystem.IsLinux())
            {
                int milliseconds = (int)options.UserTimeout.TotalMilliseconds;
                socket.SetRawSocketOption(TcpLevel, LinuxTcpUserTimeout, BitConverter.GetBytes(milliseconds));
            }
        }
        catch (SocketException)
        {
        }
    }

    /// <summary>Dials from this address. On Linux the port is chosen with the endpoint known, so each has all ports of the address.</summary>
    /// <exception cref="SocketException">The address is not of this host, or has no port left.</exception>
    public static void BindSource(Socket socket, IPAddress source)
    {
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption(IPLevel, LinuxIPBindAddressNoPort, BitConverter.GetBytes(1));
        }

        socket.Bind(new IPEndPoint(source, 0));
    }

    /// <summary>Lets a listening socket bind an IPv6 address that a route makes this host's, where that is asked for.</summary>
    public static void AllowRouted(Socket socket, EngineOptions options)
    {
        if (options.BindRoutedAddresses && OperatingSystem.IsLinux() && socket.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.SetRawSocketOption(IPv6Level, LinuxIPv6FreeBind, BitConverter.GetBytes(1));
        }
    }

    /// <summary>
    /// Where the client of a capture listener wanted to go: what connection tracking remembers of it when its destination was
    /// rewritten (REDIRECT, DNAT), else the address of the socket itself, which TPROXY leaves as it was.
    /// </summary>
    public static ClientAddress OriginalDestination(Socket client)
    {
        try
        {
            return OperatingSystem.IsLinux() ? RememberedDestination(client) : LocalAddress(client);
        }
        catch (SocketException)
        {
            return LocalAddress(client);
        }
    }

    /// <summary>The local address of a socket; default when it has none any more.</summary>
    public static ClientAddress LocalAddress(Socket client)
    {
        try
        {
            return client.LocalEndPoint is IPEndPoint local ? ClientAddress.From(local) : default;
        }
        catch (SocketException)
        {
            return default;
        }
    }

    /// <summary>Closes with a RST (RFC 9293, section 3.5.2): unsent and unread bytes are dropped. A second call does nothing.</summary>
    public static void Reset(Socket socket) => socket.Close(timeout: 0);

    /// <summary>Sends a FIN after what was written. A peer that is gone already needs none, and its reset shows elsewhere.</summary>
    public static void Finish(Socket socket, SocketShutdown how)
    {
        try
        {
            socket.Shutdown(how);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    /// <summary>
    /// Whether the peer has reset a connection that nobody reads from at the moment. Takes the error off the
    /// socket (SO_ERROR, socket(7)), so a caller that hears true must act on it.
    /// </summary>
    public static bool TakeReset(Socket socket)
    {
        try
        {
            return socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is not 0;
        }
        catch (SocketException)
        {
            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>
    /// Whether a connect met itself: a dial to a free port of this host may be given that very port as its local
    /// one, and TCP's simultaneous open (RFC 9293, section 3.5) then connects the socket with itself.
    /// </summary>
    public static bool IsSelfConnected(Socket socket, IPEndPoint remote) => remote.Equals(socket.LocalEndPoint);

    private static ClientAddress RememberedDestination(Socket client)
    {
        // struct sockaddr_in, struct sockaddr_in6: the port is at 2, the address at 4 or 8, all in network order.
        Span<byte> name = stackalloc byte[28];
        bool isIPv4 = client.AddressFamily == AddressFamily.InterNetwork;
        client.GetRawSocketOption(isIPv4 ? IPLevel : IPv6Level, LinuxOriginalDestination, name);
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(name[2..]);
        return isIPv4
            ? ClientAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(name[4..]), port)
            : ClientAddress.FromIPv6(name.Slice(8, 16), port);
    }

    public static DialError ToDialError(SocketError error) => error switch
    {
        SocketError.TimedOut => DialError.TimedOut,
        SocketError.AddressNotAvailable => DialError.NoLocalPort,
        SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable => DialError.NoResources,
        SocketError.ConnectionRefused or SocketError.ConnectionReset => DialError.Refused,
        _ => DialError.Unreachable,
    };
}
