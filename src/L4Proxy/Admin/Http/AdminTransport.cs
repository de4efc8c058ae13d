using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace L4Proxy.Admin.Http;

/// <summary>
/// Brings the connections of any number of <see cref="AdminListener"/>s into one Kestrel, which otherwise cannot gain or lose an
/// address while it runs: health check node ports come and go with their Services.
/// </summary>
internal sealed class AdminTransport : IConnectionListenerFactory, IConnectionListener
{
    /// <summary>Connections of all listeners that share. One costs about 10 KB; a thousand health check ports share this.</summary>
    private const int MaxShared = 1024;

    private readonly Channel<ConnectionContext> _arrived = Channel.CreateUnbounded<ConnectionContext>();

    // No queues of its own: the thread pool runs what little there is to do.
    private readonly SocketConnectionContextFactory _factory = new(new SocketConnectionFactoryOptions { IOQueueCount = 0 }, NullLogger.Instance);
    private int _shared;

    public EndPoint EndPoint { get; private set; } = new IPEndPoint(IPAddress.None, 0);

    /// <summary>Takes an accepted socket of a listener; null, with the socket reset, when there are too many.</summary>
    public ConnectionContext? Wrap(Socket socket, AdminListener listener)
    {
        if (listener.IsShared && Interlocked.Increment(ref _shared) > MaxShared)
        {
            Interlocked.Decrement(ref _shared);
            socket.Close(timeout: 0);
            return null;
        }

        SetNoDelay(socket);
        ConnectionContext connection = _factory.Create(socket);
        connection.Features.Set(listener);
        return connection;
    }

    /// <summary>A client that is already gone makes some systems refuse it: reading finds out by itself.</summary>
    private static void SetNoDelay(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
        }
        catch (SocketException)
        {
        }
    }

    /// <summary>Gives a connection to the server.</summary>
    public void Enter(ConnectionContext connection)
    {
        if (!_arrived.Writer.TryWrite(connection))
        {
            // The server has stopped.
            connection.Abort();
            Leave(connection);
        }
    }

    /// <summary>Connection middleware: frees the place of a connection when the server is done with it.</summary>
    public ConnectionDelegate Track(ConnectionDelegate next) => async connection =>
    {
        try
        {
            await next(connection);
        }
        finally
        {
            Leave(connection);
        }
    };

    private void Leave(ConnectionContext connection)
    {
        AdminListener listener = connection.Features.GetRequiredFeature<AdminListener>();
        listener.Leave(connection);
        if (listener.IsShared)
        {
            Interlocked.Decrement(ref _shared);
        }
    }

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        EndPoint = endpoint;
        return ValueTask.FromResult<IConnectionListener>(this);
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
        await _arrived.Reader.WaitToReadAsync(cancellationToken) && _arrived.Reader.TryRead(out ConnectionContext? connection) ? connection : null;

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _arrived.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _arrived.Writer.TryComplete();
        _factory.Dispose();
        return ValueTask.CompletedTask;
    }
}
