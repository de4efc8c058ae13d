using System.Net;
using System.Net.Sockets;

namespace L4Proxy.Testing.Backends;

/// <summary>A port that refuses: bound, so that nobody else takes it, and never listened on.</summary>
public sealed class RefusedPort : IDisposable
{
    private readonly Socket _socket;

    public RefusedPort(IPFamily family)
    {
        IPEndPoint any = family.AnyPort();
        _socket = new Socket(any.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _socket.Bind(any);
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
    }

    public IPEndPoint EndPoint { get; }

    public void Dispose() => _socket.Dispose();
}
