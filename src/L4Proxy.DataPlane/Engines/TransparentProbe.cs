using System.Net.Sockets;

namespace L4Proxy.DataPlane.Engines;

/// <summary>Finds out whether this process may dial from addresses that are not its host's.</summary>
public static class TransparentProbe
{
    /// <summary>IP_TRANSPARENT of linux/in.h and IPV6_TRANSPARENT of linux/in6.h; .NET has no names for them.</summary>
    private const int IPTransparent = 19;

    private const int IPv6Transparent = 75;

    /// <summary>Why it may not, in one line; null when it may.</summary>
    public static string? WhyNot()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "dialling from the client's address (IP_TRANSPARENT) needs Linux";
        }

        try
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            Allow(socket);
            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.AccessDenied
                ? "dialling from the client's address (IP_TRANSPARENT) needs the capability CAP_NET_ADMIN or CAP_NET_RAW"
                : $"dialling from the client's address (IP_TRANSPARENT): {e.Message}";
        }
    }

    /// <summary>Lets a socket bind an address that is not its host's.</summary>
    /// <exception cref="SocketException">It may not.</exception>
    internal static void Allow(Socket socket)
    {
        bool isIPv4 = socket.AddressFamily == AddressFamily.InterNetwork;
        socket.SetRawSocketOption(
            (int)(isIPv4 ? SocketOptionLevel.IP : SocketOptionLevel.IPv6), isIPv4 ? IPTransparent : IPv6Transparent, BitConverter.GetBytes(1));
    }
}
