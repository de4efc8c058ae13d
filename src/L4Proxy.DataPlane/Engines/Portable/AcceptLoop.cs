using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>
/// Accepts, and does nothing else: each client goes on by itself. Pauses while a connection limit is reached or
/// descriptors are short; the clients wait in the kernel's backlog meanwhile.
/// </summary>
internal sealed class AcceptLoop(PortableEngine engine, FrontendState frontend, Socket listener, IPEndPoint address)
    : IAsyncDisposable
{
    /// <summary>Accepts without a wait after which the thread is given back once, so that a flood of clients starves no connection.</summary>
    private const int AcceptsPerTurn = 64;

    /// <summary>Pause after an accept that failed for want of descriptors or memory: short for people, long for a CPU.</summary>
    private static readonly TimeSpan s_exhaustedPause = TimeSpan.FromMilliseconds(50);

    /// <summary>How long clients wait for a descriptor before the spare one is used to reset them.</summary>
    private static readonly TimeSpan s_refuseAfter = TimeSpan.FromSeconds(1);

    /// <summary>How often the limits are looked at without an end of a connection: they may have been raised.</summary>
    private static readonly TimeSpan s_limitLook = TimeSpan.FromMilliseconds(250);

    /// <summary>A pause is over for the log when there was none for this long; at a limit they come by the thousand.</summary>
    private static readonly TimeSpan s_resumedAfter = TimeSpan.FromSeconds(1);

    private readonly ServiceState _service = frontend.Service;
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private long _exhaustedSince;
    private long _pausedUntil;
    private bool _pauseLogged;

    private bool MayAccept => engine.Limits.MayAccept(_service);

    public void Start()
    {
        // What the caller carries with it (a trace, a scope) belongs to none of the clients to come.
        using (ExecutionContext.SuppressFlow())
        {
            _loop = Task.Run(RunAsync);
        }
    }

    /// <summary>Stops accepting. Clients that were accepted go on.</summary>
    public async ValueTask DisposeAsync()
    {
        // Nothing is awaited before the socket is closed, so the address is free when this returns to its caller.
        Task cancelled = _stop.CancelAsync();
        listener.Dispose();
        await cancelled;
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        SocketException? failure = null;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (failure is not null)
                {
                    await RecoverAsync(failure);
                    failure = null;
                }

                await AcceptAsync();
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException e)
            {
                failure = e;
            }
            catch (Exception e)
            {
                failure = null;
                engine.Log.AcceptFailed(e, _service.Key, address);
                await PauseAsync();
            }
        }
    }

    private async Task AcceptAsync()
    {
        for (int inTurn = 0; inTurn < AcceptsPerTurn; inTurn++)
        {
            await WaitForRoomAsync();
            if (_exhaustedSince != 0 && !DescriptorReserve.IsUntouched())
            {
                throw new SocketException((int)SocketError.TooManyOpenSockets);
            }

            ValueTask<Socket> accept = listener.AcceptAsync(CancellationToken.None);
            if (!accept.IsCompleted)
            {
                // The kernel looks for a descriptor before it looks for a client: to wait for one is to have the other.
                NotExhausted();
                inTurn = 0;
            }

            Socket client = await accept;
            if (DescriptorReserve.Holds(client.Handle))
            {
                TcpSocket.Reset(client);
                engine.Counters.CountRefusedWhileExhausted();
                throw new SocketException((int)SocketError.TooManyOpenSockets);
            }

            await WelcomeAsync(client);
        }

        await Task.Yield();
    }

    /// <summary>Hands a client over. When its place was taken by another listener meanwhile, it waits here.</summary>
    private async ValueTask WelcomeAsync(Socket client)
    {
        NotExhausted();
        Resumed();
        ClientAddress source = PortableConnection.AddressOf(client);
        ClientAddress destination = frontend.Captured is null ? default : TcpSocket.OriginalDestination(client);
        FrontendState? target = frontend.Captured is null ? frontend : frontend.Captured.Find(destination);
        ServiceState service = (target ?? frontend).Service;
        ServiceOptions options = service.Entry.Options;
        EndpointScope scope = default;
        CloseReason refusal = target?.AdmitPeer(source, options.ProxyProtocol, out scope) ?? CloseReason.NoService;
        if (refusal != CloseReason.None)
        {
            Refuse(Connection(), refusal);
            return;
        }

        try
        {
            while (!engine.Limits.TryEnter(service))
            {
                if (MayAccept && frontend.ResetsOverflow)
                {
                    Refuse(Connection(), CloseReason.LimitReached);
                    return;
                }

                await WaitForRoomAsync();
            }
        }
        catch (OperationCanceledException)
        {
            TcpSocket.Reset(client);
            throw;
        }

        service.CountersFor(0).SharedAccept();
        engine.Run(Connection());

        PortableConnection Connection() => new(engine, target ?? frontend, options, client, source, scope) { Destination = destination };
    }

    private async ValueTask WaitForRoomAsync()
    {
        if (MayAccept)
        {
            return;
        }

        Paused("a connection limit is reached");
        do
        {
            Task next = engine.Places.Next();
            if (MayAccept)
            {
                break;
            }

            await next.WaitAsync(s_limitLook, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Token.ThrowIfCancellationRequested();
        }
        while (!MayAccept);

        _pausedUntil = Environment.TickCount64;
    }

    private async Task RecoverAsync(SocketException e)
    {
        engine.Counters.CountAcceptError();
        switch (e.SocketErrorCode)
        {
            case SocketError.ConnectionAborted or SocketError.ConnectionReset:
                // The client gave up while it waited in the backlog.
                return;

            case SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable:
                await ExhaustedAsync();
                return;

            default:
                engine.Log.AcceptFailed(e, _service.Key, address);
                await PauseAsync();
                return;
        }
    }

    private async Task ExhaustedAsync()
    {
        long now = Environment.TickCount64;
        if (_exhaustedSince == 0)
        {
            _exhaustedSince = now;
            Paused("no descriptor is free; raise the limit (ulimit -n) or lower limits.maxConnections");
        }
        else if (now - _exhaustedSince >= s_refuseAfter.TotalMilliseconds)
        {
            await RefuseOneAsync();
        }

        await PauseAsync();
        _pausedUntil = Environment.TickCount64;
    }

    /// <summary>Resets the client that has waited longest: it learns that it is not served, where it would else hang.</summary>
    private async Task RefuseOneAsync()
    {
        if (!listener.Poll(0, SelectMode.SelectRead) || !engine.Spare.Release())
        {
            return;
        }

        try
        {
            Socket client = await listener.AcceptAsync(CancellationToken.None);
            ClientAddress source = PortableConnection.AddressOf(client);
            Refuse(new PortableConnection(engine, frontend, _service.Entry.Options, client, source, scope: default), CloseReason.ResourceExhausted);
            engine.Counters.CountRefusedWhileExhausted();
        }
        catch (SocketException)
        {
            // Somebody else was faster to take the descriptor; the next round tries again.
        }
        finally
        {
            engine.Spare.Take();
        }
    }

    private static void Refuse(PortableConnection connection, CloseReason reason)
    {
        connection.Service.CountersFor(0).SharedAccept();
        connection.Refuse(reason);
    }

    private async Task PauseAsync() =>
        await Task.Delay(s_exhaustedPause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void Paused(string cause)
    {
        engine.Counters.CountAcceptPause();
        if (!_pauseLogged)
        {
            _pauseLogged = true;
            engine.Log.AcceptPaused(_service.Key, address, cause);
        }
    }

    private void NotExhausted()
    {
        if (_exhaustedSince != 0)
        {
            _exhaustedSince = 0;
            engine.Spare.Take();
        }
    }

    private void Resumed()
    {
        if (_pauseLogged && Environment.TickCount64 - _pausedUntil > s_resumedAfter.TotalMilliseconds)
        {
            _pauseLogged = false;
            engine.Log.AcceptResumed(_service.Key, address);
        }
    }
}
