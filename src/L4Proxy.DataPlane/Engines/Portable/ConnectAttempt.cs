using System.Net.Sockets;
using L4Proxy.DataPlane.Dialing;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>One connect that is under way or has ended.</summary>
/// <param name="endpoint">What is dialled.</param>
/// <param name="transparent">Asks for the client's own address as the source; null for the proxy's.</param>
/// <param name="client">Who is to be served.</param>
internal sealed class ConnectAttempt(EndpointState endpoint, TransparentSource? transparent, ClientAddress client)
{
    private Socket? _socket;
    private volatile bool _ended;

    /// <summary>Whether <see cref="Error"/> and <see cref="Socket"/> are final.</summary>
    public bool Ended => _ended;

    /// <summary>Why it failed; null when it connected.</summary>
    public DialError? Error { get; private set; }

    /// <summary>What no peer and no network can cause, if that happened.</summary>
    public Exception? Defect { get; private set; }

    /// <summary>The connected socket. The attempt no longer closes it once taken.</summary>
    public Socket TakeSocket() => Interlocked.Exchange(ref _socket, null)!;

    /// <summary>Connects, and wakes the dialer at the end, unless it was closed before.</summary>
    public async Task RunAsync(ServiceOptions options, WakeSignal wake)
    {
        try
        {
            Error = await ConnectAsync(options);
        }
        catch (Exception e)
        {
            Defect = e;
        }

        _ended = true;
        wake.Set();
    }

    /// <summary>
    /// Gives the attempt up. A socket that had connected is reset: nothing was sent on it, and an orderly close
    /// would hold its local port in TIME_WAIT.
    /// </summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _socket, null) is { } socket)
        {
            TcpSocket.Reset(socket);
        }
    }

    private async ValueTask<DialError?> ConnectAsync(ServiceOptions options)
    {
        try
        {
            var socket = new Socket(endpoint.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            _socket = socket;
            if (DescriptorReserve.Holds(socket.Handle))
            {
                Close();
                return DialError.NoResources;
            }

            TcpSocket.Apply(socket, options.Tcp);
            if (transparent is not null)
            {
                if (!TryBindClient(socket, transparent))
                {
                    Close();
                    return DialError.NoLocalPort;
                }
            }
            else if (options.Dial.SourceAddress is { } source && source.AddressFamily == endpoint.Address.AddressFamily)
            {
                TcpSocket.BindSource(socket, source);
            }

            await socket.ConnectAsync(endpoint.Address, CancellationToken.None);
            if (!TcpSocket.IsSelfConnected(socket, endpoint.Address))
            {
                return null;
            }

            Close();
            return DialError.Refused;
        }
        catch (SocketException e)
        {
            Close();
            return TcpSocket.ToDialError(e.SocketErrorCode);
        }
        catch (ObjectDisposedException)
        {
            return DialError.TimedOut;
        }
    }

    private bool TryBindClient(Socket socket, TransparentSource source)
    {
        try
        {
            TransparentProbe.Allow(socket);
            TcpSocket.BindSource(socket, client.ToIPEndPoint().Address);
            return true;
        }
        catch (SocketException e)
        {
            source.Failed(client, e.Message);
            return false;
        }
    }
}
