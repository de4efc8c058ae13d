using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.ProxyProtocol;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using Microsoft.AspNetCore.Connections;

namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>One client from accept to close. Has exactly one reason for its end: the first that is set.</summary>
internal sealed class PortableConnection
{
    private readonly PortableEngine _engine;
    private readonly FrontendState _frontend;
    private readonly ServiceState _service;
    private readonly ServiceOptions _options;
    private readonly Socket _client;
    private readonly long _acceptedMs = Environment.TickCount64;
    private readonly long _accepted = Stopwatch.GetTimestamp();
    private ClientAddress _address;
    private EndpointScope _scope;
    private TimeSpan _connectTime;
    private int _attempts;
    private int _reason;
    private volatile HeaderReceiver? _header;
    private volatile Dialer? _dialer;
    private volatile Relay? _relay;
    private volatile EndpointState? _endpoint;

    /// <summary>A client that was accepted and has its place among the limits.</summary>
    public PortableConnection(
        PortableEngine engine, FrontendState frontend, ServiceOptions options, Socket client, ClientAddress address, EndpointScope scope)
    {
        _engine = engine;
        _frontend = frontend;
        _service = frontend.Service;
        _options = options;
        _client = client;
        _address = address;
        _scope = scope;
    }

    /// <summary>Where the engine's set keeps this connection. The set's alone.</summary>
    public (int Shard, int Index) Place { get; set; }

    public ServiceState Service => _service;

    /// <summary>
    /// Where the client wanted to go, as its PROXY header names it, or as a capture listener found out; default when that is the
    /// local address of its socket.
    /// </summary>
    public ClientAddress Destination { get; set; }

    public CloseReason Reason => (CloseReason)Volatile.Read(ref _reason);

    /// <summary>The endpoint that carries it; null before one answered.</summary>
    public EndpointState? Endpoint => _endpoint;

    /// <summary>Who a client is.</summary>
    public static ClientAddress AddressOf(Socket client)
    {
        try
        {
            return client.RemoteEndPoint is IPEndPoint remote ? ClientAddress.From(remote) : default;
        }
        catch (SocketException)
        {
            // Some systems have forgotten the address of a client that has reset.
            return default;
        }
    }

    /// <summary>Dials, relays, closes, counts. Never throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            if ((!_options.ProxyProtocol.Accept || await ReceiveHeaderAsync()) && await DialAsync() is { } server)
            {
                await RelayAsync(server);
            }
        }
        catch (Exception e)
        {
            Failed(e);
        }

        // Where the relay has closed the socket in good order this does nothing.
        TcpSocket.Reset(_client);
        TrySetReason(CloseReason.Finished);
        Count();
        _engine.Ended(this, _service);
    }

    /// <summary>In place of <see cref="RunAsync"/>, for a client that has no place among the limits: resets it.</summary>
    public void Refuse(CloseReason reason)
    {
        TrySetReason(reason);
        TcpSocket.Reset(_client);
        Count();
    }

    /// <summary>Names the reason of the end, unless one is named already.</summary>
    public bool TrySetReason(CloseReason reason) =>
        Interlocked.CompareExchange(ref _reason, (int)reason, (int)CloseReason.None) == (int)CloseReason.None;

    /// <summary>Ends the connection with a reset of both sides. False when its end had a reason before.</summary>
    public bool End(CloseReason reason)
    {
        bool first = TrySetReason(reason == CloseReason.Shutdown && _relay is null ? CloseReason.ShutdownWhileConnecting : reason);
        _relay?.Abort();
        _dialer?.Wake();
        _header?.Cancel();
        return first;
    }

    /// <summary>A defect in the proxy ends this connection, and no other.</summary>
    public void Failed(Exception cause)
    {
        _engine.Log.ConnectionFailed(cause, _service.Key, _address);
        End(CloseReason.Internal);
    }

    /// <summary>Makes sure that this connection's timeouts are looked after in time.</summary>
    public void Watch() => _engine.Sweep.Watch(ShortestTimeout());

    /// <summary>The shortest time after which it may have to end.</summary>
    public TimeSpan ShortestTimeout()
    {
        TimeSpan shortest = _relay?.ShortestTimeout(_options) ?? TimeSpan.MaxValue;
        return _options.MaxAge > TimeSpan.Zero && _options.MaxAge < shortest ? _options.MaxAge : shortest;
    }

    /// <summary>Ends the connection when a timeout is over; whether it is ending.</summary>
    public bool EndIfOverdue(long nowMs)
    {
        if (_relay is not { } relay)
        {
            // The dial has a bound of its own.
            return false;
        }

        if (_options.MaxAge > TimeSpan.Zero && nowMs - _acceptedMs >= _options.MaxAge.TotalMilliseconds)
        {
            TrySetReason(CloseReason.MaxAge);
            relay.Close();
            return true;
        }

        CloseReason reason = relay.Overdue(_options, nowMs);
        if (reason == CloseReason.None)
        {
            return false;
        }

        End(reason);
        return true;
    }

    /// <summary>Whether the client sent a valid header, and is one that may be served.</summary>
    private async ValueTask<bool> ReceiveHeaderAsync()
    {
        using HeaderReceiver receiver = new(_client, _options.ProxyProtocol.Timeout);
        _header = receiver;
        Interlocked.MemoryBarrier();
        if (Reason != CloseReason.None)
        {
            // Whoever ended the connection in the meantime did not see the receiver.
            receiver.Cancel();
        }

        CloseReason failure = await receiver.ReceiveAsync();
        _header = null;
        if (failure == CloseReason.None)
        {
            _service.CountersFor(0).SharedAddHeaderReceived(receiver.Length);
            if (receiver.Header.HasAddresses)
            {
                _address = receiver.Header.Source;
                Destination = receiver.Header.Destination;
            }

            failure = _frontend.Admit(_address, out _scope);
        }

        if (failure != CloseReason.None)
        {
            TrySetReason(failure);
        }

        return Reason == CloseReason.None;
    }

    private async ValueTask<Socket?> DialAsync()
    {
        TcpSocket.Apply(_client, _options.Tcp);
        using var dialer = new Dialer(this, _client, _options, _engine);
        _dialer = dialer;
        try
        {
            if (await dialer.RunAsync(_service, _address, _scope) is not { } answer)
            {
                return null;
            }

            _endpoint = answer.Endpoint;
            _connectTime = Stopwatch.GetElapsedTime(_accepted);
            return answer.Socket;
        }
        finally
        {
            _attempts = dialer.Attempts;
            _dialer = null;
        }
    }

    /// <summary>Writes the header, if one is to be sent, to an endpoint that has just connected; false when it is gone already.</summary>
    private async ValueTask<bool> SendHeaderAsync(Socket server)
    {
        if (_options.ProxyProtocol.Send == ProxyProtocolVersion.None)
        {
            return true;
        }

        ClientAddress destination = Destination == default ? TcpSocket.LocalAddress(_client) : Destination;
        int sent = await HeaderSender.SendAsync(server, _options.ProxyProtocol, new ProxyHeader(_address, destination));
        _service.CountersFor(0).SharedAddHeaderSent(sent);
        return sent > 0;
    }

    private async Task RelayAsync(Socket server)
    {
        try
        {
            bool told = await SendHeaderAsync(server);
            if (Wrap(_client, CloseReason.ClientReset) is not { } client)
            {
                return;
            }

            if (Wrap(server, CloseReason.ServerReset) is not { } upstream)
            {
                TcpSocket.Reset(_client);
                await client.DisposeAsync();
                return;
            }

            var relay = new Relay(this, client, upstream, _service.CountersFor(0));
            _relay = relay;
            Interlocked.MemoryBarrier();
            if (Reason != CloseReason.None)
            {
                // Whoever ended the connection in the meantime did not see the relay.
                relay.Abort();
            }

            if (!told)
            {
                relay.DestinationGone(up: true);
            }

            Watch();
            await relay.RunAsync();
        }
        finally
        {
            TcpSocket.Reset(server);
        }
    }

    /// <summary>A socket as a transport connection; null when it was reset since it connected, which its constructor trips over.</summary>
    private ConnectionContext? Wrap(Socket socket, CloseReason whenReset)
    {
        try
        {
            return _engine.Contexts.Create(socket);
        }
        catch (SocketException)
        {
            TrySetReason(whenReset);
            return null;
        }
    }

    private void Count()
    {
        Relay? relay = _relay;
        _service.CountersFor(0).SharedClose(Reason, relay is null ? 0 : relay.Up.Discarded + relay.Down.Discarded, Math.Max(0, _attempts - 1));
        _endpoint?.Release();
        if (_engine.Observer is { IsEnabled: true } observer)
        {
            Tell(observer, relay);
        }
    }

    private void Tell(IConnectionObserver observer, Relay? relay)
    {
        try
        {
            observer.Ended(new ConnectionEnd
            {
                Client = _address,
                Destination = Destination,
                Service = _service,
                Endpoint = _endpoint,
                Reason = Reason,
                ConnectTime = _connectTime,
                Duration = Stopwatch.GetElapsedTime(_accepted),
                BytesUp = relay?.Up.Sent ?? 0,
                BytesDown = relay?.Down.Sent ?? 0,
                Retries = Math.Max(0, _attempts - 1),
            });
        }
        catch (Exception e)
        {
            _engine.Log.ObserverFailed(e);
        }
    }
}
