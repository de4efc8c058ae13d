using System.Net;
using System.Net.Sockets;
using System.Text;
using L4Proxy.Testing;

namespace L4Proxy.Tests.Admin;

/// <summary>HTTP as bytes on a socket: what is asserted is what a client really gets.</summary>
internal static class RawHttp
{
    /// <summary>Sends a GET on a connection of its own.</summary>
    public static Task<RawAnswer> GetAsync(IPEndPoint address, string path) =>
        SendAsync(address, $"GET {path} HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n");

    /// <summary>Sends bytes and reads until the server closes.</summary>
    public static async Task<RawAnswer> SendAsync(IPEndPoint address, string request)
    {
        using Socket socket = await ConnectAsync(address);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        return await ReadAsync(socket);
    }

    public static async Task<Socket> ConnectAsync(IPEndPoint address)
    {
        IPEndPoint target = address.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, address.Port) : address;
        Socket socket = new(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(target).Within();
        return socket;
    }

    /// <summary>Reads until the server closes; a reset ends the answer too.</summary>
    public static async Task<RawAnswer> ReadAsync(Socket socket)
    {
        MemoryStream all = new();
        byte[] buffer = new byte[65536];
        try
        {
            while (await socket.ReceiveAsync(buffer).Within() is > 0 and int count)
            {
                all.Write(buffer, 0, count);
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset)
        {
        }

        return RawAnswer.Parse(Encoding.UTF8.GetString(all.ToArray()));
    }
}
