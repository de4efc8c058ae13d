using System.Net.Sockets;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>
/// Both directions between a client and its endpoint. Each ends by itself with a FIN (half-close); a reset on
/// one side ends both, after what that side had sent before it was delivered.
/// </summary>
internal sealed class Relay
{
    /// <summary>
    /// A reset is passed on after the bytes that came before it. When the other side takes none of them for this
    /// long, it is passed on without: a peer that has stopped reading would else never learn of it.
    /// </summary>
    private const int LongestStallMs = 1000;

    /// <summary>
    /// A side's reset is to be noticed well within a second after its FIN; the sweep looks eight times in this span.
    /// </summary>
    private static readonly TimeSpan s_halfOpenLook = TimeSpan.FromSeconds(1);

    private readonly PortableConnection _connection;
    private readonly ConnectionContext _client;
    private readonly ConnectionContext _server;
    private readonly Socket _clientSocket;
    private readonly Socket _serverSocket;
    private long _lastByteMs = Environment.TickCount64;
    private bool _lastByteToClient;
    private int _ended;
    private int _closing;
    private volatile bool _aborted;

    public Relay(PortableConnection connection, ConnectionContext client, ConnectionContext server, TrafficCounters counters)
    {
        _connection = connection;
        _client = client;
        _server = server;
        _clientSocket = SocketOf(client);
        _serverSocket = SocketOf(server);
        Up = new RelayDirection(this, _client.Transport.Input, _serverSocket, counters, up: true);
        Down = new RelayDirection(this, _server.Transport.Input, _clientSocket, counters, up: false);
    }

    /// <summary>Client to endpoint.</summary>
    public RelayDirection Up { get; }

    /// <summary>Endpoint to client.</summary>
    public RelayDirection Down { get; }

    private RelayEnd Ended => (RelayEnd)Volatile.Read(ref _ended);

    /// <summary>Whether one direction has ended, and the other has not.</summary>
    private bool HalfOpen => Ended is not (RelayEnd.None or (RelayEnd.Up | RelayEnd.Down));

    /// <summary>Relays until both directions have ended, and closes both sockets.</summary>
    public async Task RunAsync()
    {
        try
        {
            Task down = Down.RunAsync();
            await Up.RunAsync();
            await down;
        }
        finally
        {
            if (_aborted)
            {
                // Whoever aborts may have come no further than to the first side yet: disposed of now, the other would
                // end with a FIN.
                AbortSides();
            }

            await _server.DisposeAsync();
            await _client.DisposeAsync();
        }
    }

    /// <summary>Resets both sides; once, however often it is called.</summary>
    public void Abort()
    {
        if (Interlocked.Exchange(ref _closing, 1) != 0)
        {
            return;
        }

        _aborted = true;
        AbortSides();
    }

    /// <summary>
    /// Closes both sides in good order: what was written is delivered, then comes a FIN. What was not read yet is
    /// lost.
    /// </summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _closing, 1) == 0)
        {
            TcpSocket.Finish(_clientSocket, SocketShutdown.Both);
            TcpSocket.Finish(_serverSocket, SocketShutdown.Both);
        }
    }

    /// <summary>Marks the moment at which bytes moved.</summary>
    public void Touch(bool toClient)
    {
        Volatile.Write(ref _lastByteToClient, toClient);
        Volatile.Write(ref _lastByteMs, Environment.TickCount64);
    }

    /// <summary>Everything of one direction was delivered and its source has sent a FIN.</summary>
    public void SourceFinished(bool up)
    {
        RelayEnd gone = up ? RelayEnd.ClientGone : RelayEnd.ServerGone;
        RelayEnd before = Mark(up ? RelayEnd.Up : RelayEnd.Down);
        if ((before & gone) != RelayEnd.None)
        {
            // The failed write had taken the error off the socket, so the reset looks like a FIN here.
            _connection.End(ResetReason(client: up, before));
            return;
        }

        if (Volatile.Read(ref _closing) != 0)
        {
            // The proxy's own abort ends this pipe too; a FIN now would overtake the reset.
            return;
        }

        Volatile.Write(ref _lastByteMs, Environment.TickCount64);
        TcpSocket.Finish(up ? _serverSocket : _clientSocket, SocketShutdown.Send);
        _connection.Watch();
    }

    /// <summary>A defect: nothing can be said about the bytes any more.</summary>
    public void Failed(Exception cause) => _connection.Failed(cause);

    /// <summary>The source has reset, or is gone in another way. What it had sent before was delivered.</summary>
    public void SourceReset(bool up) => _connection.End(ResetReason(client: up, Ended));

    /// <summary>
    /// A write failed: the destination has reset. What it had sent before is still to be read and delivered, as
    /// it would reach the peer without a proxy between; then its own direction ends and with it the connection.
    /// </summary>
    public void DestinationGone(bool up)
    {
        RelayEnd before = Mark(up ? RelayEnd.ServerGone : RelayEnd.ClientGone);
        CloseReason reason = ResetReason(client: !up, before);
        if ((before & (up ? RelayEnd.Down : RelayEnd.Up)) != RelayEnd.None)
        {
            _connection.End(reason);
        }
        else
        {
            _connection.TrySetReason(reason);
        }
    }

    /// <summary>
    /// Why the connection is to end at this moment; None when it may go on. An age limit is not this type's.
    /// </summary>
    public CloseReason Overdue(ServiceOptions options, long nowMs)
    {
        long idleMs = nowMs - Volatile.Read(ref _lastByteMs);
        if (idleMs >= LongestStallMs && StalledReset() is { } reset)
        {
            return reset;
        }

        if (!HalfOpen)
        {
            bool idle = IsOver(idleMs, options.IdleTimeout);
            return !idle ? CloseReason.None : Volatile.Read(ref _lastByteToClient) ? CloseReason.ClientIdle : CloseReason.ServerIdle;
        }

        bool clientFinished = (Ended & (RelayEnd.Up | RelayEnd.ClientGone)) != RelayEnd.None;
        if (IsOver(idleMs, options.HalfOpenTimeout) || IsOver(idleMs, options.IdleTimeout))
        {
            return clientFinished ? CloseReason.ServerHalfOpen : CloseReason.ClientHalfOpen;
        }

        // Nobody reads from a side that has finished, so a reset after its FIN has to be asked for.
        if (TcpSocket.TakeReset(clientFinished ? _clientSocket : _serverSocket))
        {
            return clientFinished ? CloseReason.ClientResetWhileClosing : CloseReason.ServerResetWhileClosing;
        }

        return CloseReason.None;
    }

    /// <summary>The shortest time after which the connection may have to end: how often it is worth a look.</summary>
    public TimeSpan ShortestTimeout(ServiceOptions options)
    {
        TimeSpan idle = options.IdleTimeout > TimeSpan.Zero ? options.IdleTimeout : TimeSpan.MaxValue;
        if (!HalfOpen)
        {
            return idle;
        }

        TimeSpan halfOpen = options.HalfOpenTimeout > TimeSpan.Zero ? options.HalfOpenTimeout : TimeSpan.MaxValue;
        return new TimeSpan(Math.Min(Math.Min(idle.Ticks, halfOpen.Ticks), s_halfOpenLook.Ticks));
    }

    /// <summary>Kestrel's transport answers an abort with a close at linger time 0, which sends a RST; a second abort does nothing.</summary>
    private void AbortSides()
    {
        var cause = new ConnectionAbortedException();
        _client.Abort(cause);
        _server.Abort(cause);
    }

    private static Socket SocketOf(ConnectionContext context) => context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;

    private static bool IsOver(long milliseconds, TimeSpan timeout) =>
        timeout > TimeSpan.Zero && milliseconds >= timeout.TotalMilliseconds;

    private static CloseReason ResetReason(bool client, RelayEnd before)
    {
        bool closing = (before & (RelayEnd.Up | RelayEnd.Down)) != RelayEnd.None;
        return client
            ? closing ? CloseReason.ClientResetWhileClosing : CloseReason.ClientReset
            : closing ? CloseReason.ServerResetWhileClosing : CloseReason.ServerReset;
    }

    /// <summary>Looks for a reset behind bytes that the other side does not take: no read waits for it then.</summary>
    private CloseReason? StalledReset()
    {
        RelayEnd ended = Ended;
        if (Up.IsWriting && ((ended & RelayEnd.ClientGone) != RelayEnd.None || TcpSocket.TakeReset(_clientSocket)))
        {
            return ResetReason(client: true, ended);
        }

        if (Down.IsWriting && ((ended & RelayEnd.ServerGone) != RelayEnd.None || TcpSocket.TakeReset(_serverSocket)))
        {
            return ResetReason(client: false, ended);
        }

        return null;
    }

    private RelayEnd Mark(RelayEnd end) => (RelayEnd)Interlocked.Or(ref _ended, (int)end);
}
