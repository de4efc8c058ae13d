using System.Net;
using System.Net.Sockets;
using System.Text;

namespace L4Proxy.Testing.Backends;

/// <summary>
/// A backend on several ports of one address, by TCP and UDP. To a connection, and to each datagram, it says where it is and whom it sees:
/// <c>10.1.1.31:5353 10.1.1.99</c>.
/// </summary>
public sealed class WhoAnswers : IAsyncDisposable
{
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _running = [];

    private WhoAnswers()
    {
    }

    /// <summary>Opens all sockets before it returns, in the network of the calling thread.</summary>
    public static WhoAnswers Start(IPAddress address, IEnumerable<int> tcpPorts, IEnumerable<int> udpPorts)
    {
        ArgumentNullException.ThrowIfNull(tcpPorts);
        ArgumentNullException.ThrowIfNull(udpPorts);
        WhoAnswers backend = new();
        foreach (int port in tcpPorts)
        {
            Socket listener = backend.Bind(new IPEndPoint(address, port), SocketType.Stream, ProtocolType.Tcp);
            listener.Listen();
            backend._running.Add(Task.Run(() => AcceptAsync(listener)));
        }

        foreach (int port in udpPorts)
        {
            Socket socket = backend.Bind(new IPEndPoint(address, port), SocketType.Dgram, ProtocolType.Udp);
            backend._running.Add(Task.Run(() => AnswerAsync(socket)));
        }

        return backend;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Socket socket in _sockets)
        {
            socket.Dispose();
        }

        await Task.WhenAll(_running).Within();
    }

    private Socket Bind(IPEndPoint endPoint, SocketType type, ProtocolType protocol)
    {
        Socket socket = new(endPoint.AddressFamily, type, protocol);
        _sockets.Add(socket);
        socket.Bind(endPoint);
        return socket;
    }

    private static async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                Socket connection = await listener.AcceptAsync();
                _ = SayAsync(connection);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private static async Task SayAsync(Socket connection)
    {
        using (connection)
        {
            try
            {
                await connection.SendAsync(Line(connection.LocalEndPoint!, connection.RemoteEndPoint!));
                connection.Shutdown(SocketShutdown.Send);

                // Closed by the client first, or a reset could overtake the line.
                while (await connection.ReceiveAsync(new byte[64]) > 0)
                {
                }
            }
            catch (SocketException)
            {
                // The client has left; it is the one that judges.
            }
        }
    }

    private static async Task AnswerAsync(Socket socket)
    {
        byte[] buffer = new byte[2048];
        IPEndPoint anybody = new(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (true)
        {
            try
            {
                SocketReceiveFromResult received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, anybody);
                await socket.SendToAsync(Line(socket.LocalEndPoint!, received.RemoteEndPoint), SocketFlags.None, received.RemoteEndPoint);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset)
            {
                // The client of an earlier answer is gone.
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private static byte[] Line(EndPoint own, EndPoint client) => Encoding.ASCII.GetBytes($"{own} {((IPEndPoint)client).Address}\n");
}
