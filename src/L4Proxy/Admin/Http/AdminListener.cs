using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace L4Proxy.Admin.Http;

/// <summary>
/// One listening socket and its connections. When it has as many as it may have, the oldest gives way to the newest: clients that
/// hold connections without using them can never keep a health check or a scrape out.
/// </summary>
internal sealed class AdminListener : IAsyncDisposable
{
    // More than enough for load balancers that check from many addresses at once; what waits costs nothing.
    private const int Backlog = 128;

    /// <summary>How long accepting rests after an error such as EMFILE, so that it does not spin.</summary>
    private static readonly TimeSpan s_errorPause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly LinkedList<ConnectionContext> _connections = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly AdminTransport _transport;
    private readonly Socket _socket;
    private readonly int _maxConnections;
    private readonly Task _accepting;

    /// <summary>Listens from here on.</summary>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public AdminListener(AdminTransport transport, AdminBinding binding)
    {
        Route = binding.Route;
        IsShared = binding.IsShared;
        _transport = transport;
        _maxConnections = binding.MaxConnections;
        _socket = Bind(binding.Address);
        LocalEndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    public IAdminRoute Route { get; }

    /// <summary>See <see cref="AdminBinding.IsShared"/>.</summary>
    public bool IsShared { get; }

    /// <summary>The real address.</summary>
    public IPEndPoint LocalEndPoint { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _socket.Dispose();
        await _accepting;
        foreach (ConnectionContext connection in Forget())
        {
            connection.Abort(new ConnectionAbortedException("the listener is closed"));
        }

        _stop.Dispose();
    }

    /// <summary>A connection is over.</summary>
    public void Leave(ConnectionContext connection)
    {
        lock (_gate)
        {
            _connections.Remove(connection);
        }
    }

    /// <summary>
    /// Go, and so kube-proxy, takes IPv4's wildcard for all addresses of both families. kubelet and load balancers of an IPv6
    /// cluster depend on it.
    /// </summary>
    private static Socket Bind(IPEndPoint address)
    {
        if (address.Address.Equals(IPAddress.Any) && Socket.OSSupportsIPv6)
        {
            try
            {
                return Listen(new IPEndPoint(IPAddress.IPv6Any, address.Port));
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable)
            {
                // IPv6 is built in but switched off.
            }
        }

        return Listen(address);
    }

    private static Socket Listen(IPEndPoint address)
    {
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(address);
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Take(await _socket.AcceptAsync(_stop.Token));
            }
            catch (Exception e) when (_stop.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(s_errorPause, CancellationToken.None);
            }
        }
    }

    private void Take(Socket socket)
    {
        if (_transport.Wrap(socket, this) is not { } connection)
        {
            return;
        }

        ConnectionContext? oldest = null;
        lock (_gate)
        {
            if (_connections.Count >= _maxConnections)
            {
                oldest = _connections.First!.Value;
                _connections.RemoveFirst();
            }

            _connections.AddLast(connection);
        }

        oldest?.Abort(new ConnectionAbortedException("too many connections"));
        _transport.Enter(connection);
    }

    private ConnectionContext[] Forget()
    {
        lock (_gate)
        {
            ConnectionContext[] all = [.. _connections];
            _connections.Clear();
            return all;
        }
    }
}
