using System.Net;
using System.Net.Sockets;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Nftables;

/// <summary>A listening socket that a test accepts from by hand.</summary>
internal sealed class TcpListenerOn : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public TcpListenerOn(IPAddress address, int port)
    {
        _socket.Bind(new IPEndPoint(address, port));
        _socket.Listen();
    }

    public Task<Socket> AcceptAsync() => _socket.AcceptAsync();

    public static async Task<Socket> ConnectAsync(string address, int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Parse(address), port);
        return socket;
    }

    /// <summary>A byte there and back.</summary>
    public static async Task EchoAsync(Socket client, Socket server)
    {
        byte[] buffer = new byte[1];
        Assert.Equal(1, await client.SendAsync((byte[])[42]));
        Assert.Equal(1, await server.ReceiveAsync(buffer));
        Assert.Equal(1, await server.SendAsync(buffer));
        Assert.Equal(1, await client.ReceiveAsync(buffer));
        Assert.Equal(42, buffer[0]);
    }

    public void Dispose() => _socket.Dispose();
}
