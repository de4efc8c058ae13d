using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>
/// The engine for any operating system, and the reference for the other: reads through System.IO.Pipelines over
/// Kestrel's socket transport, writes straight to the socket. Code that it runs on completion of I/O never
/// blocks, so it may run on the socket engine's own threads.
/// </summary>
internal sealed class PortableEngine : IProxyEngine
{
    private readonly Lock _gate = new();
    private readonly HashSet<PortableListener> _listeners = [];
    private readonly ConnectionSet _connections = new();
    private volatile bool _cutting;
    private int _cut;

    public PortableEngine(EngineOptions options, IConnectionObserver? observer, ILoggerFactory loggers)
    {
        Options = options;
        Observer = observer;
        Log = new PortableLog(loggers.CreateLogger("L4Proxy.Engine.Portable"));
        Limits = new ConnectionLimits(ResourceBudget.For(options, ResourceLimits.FreeDescriptors(), splices: false));
        Sweep = new TimeoutSweep(_connections);
        Transparent = options.TransparentSource ? new TransparentSource(loggers.CreateLogger("L4Proxy.Engine.Portable")) : null;

        // A pipe that pauses at its first byte holds one block of the transport (4 KiB), less than any
        // BufferSize, and is not asked for more until that is written: a reset is then seen only after all that
        // came before it was relayed, where a fuller pipe would drop what it holds.
        Contexts = new SocketConnectionContextFactory(
            new SocketConnectionFactoryOptions { MaxReadBufferSize = 1, UnsafePreferInlineScheduling = true },
            NullLogger.Instance);
        Log.EngineStarted(Limits.MaxConnections);
    }

    public string Name => "portable";

    public int CounterSlots => 1;

    public EngineCounters Counters { get; } = new();

    public int Live => Limits.Active;

    internal EngineOptions Options { get; }

    internal IConnectionObserver? Observer { get; }

    internal PortableLog Log { get; }

    internal ConnectionLimits Limits { get; }

    /// <summary>Null when endpoints see the proxy's address.</summary>
    internal TransparentSource? Transparent { get; }

    internal SocketConnectionContextFactory Contexts { get; }

    internal TimeoutSweep Sweep { get; }

    internal SpareDescriptor Spare { get; } = new();

    /// <summary>Pulses at the end of each connection.</summary>
    internal PlaceSignal Places { get; } = new();

    public IEngineListener Bind(FrontendState frontend)
    {
        var listener = new PortableListener(this, frontend);
        Limits.AddListenerDescriptors(1);
        lock (_gate)
        {
            _listeners.Add(listener);
        }

        return listener;
    }

    public void ResetConnections(EndpointState endpoint, CloseReason reason)
    {
        foreach (PortableConnection connection in Snapshot())
        {
            if (connection.Endpoint == endpoint)
            {
                connection.End(reason);
            }
        }
    }

    public async Task<int> DrainAsync(CancellationToken cut)
    {
        await EmptyAsync(cut);
        _cut = 0;
        _cutting = true;
        foreach (PortableConnection connection in Snapshot())
        {
            Cut(connection);
        }

        await EmptyAsync(CancellationToken.None);
        _cutting = false;
        return Volatile.Read(ref _cut);
    }

    public async ValueTask DisposeAsync()
    {
        PortableListener[] listeners;
        lock (_gate)
        {
            listeners = [.. _listeners];
        }

        foreach (PortableListener listener in listeners)
        {
            await listener.CloseAsync();
        }

        await DrainAsync(new CancellationToken(canceled: true));
        Sweep.Dispose();
        Transparent?.Dispose();
        Spare.Dispose();
        Contexts.Dispose();
    }

    /// <summary>Takes over a client that was accepted and has its place among the limits.</summary>
    internal void Run(PortableConnection connection)
    {
        _connections.Add(connection);
        if (_cutting)
        {
            Cut(connection);
        }

        _ = connection.RunAsync();
    }

    /// <summary>A connection has ended and is counted.</summary>
    internal void Ended(PortableConnection connection, ServiceState service)
    {
        _connections.Remove(connection);
        Limits.Leave(service);
        Places.Pulse();
    }

    internal void Forget(PortableListener listener)
    {
        lock (_gate)
        {
            if (!_listeners.Remove(listener))
            {
                return;
            }
        }

        Limits.AddListenerDescriptors(-1);
    }

    private List<PortableConnection> Snapshot()
    {
        List<PortableConnection> list = [];
        _connections.CopyTo(list);
        return list;
    }

    private void Cut(PortableConnection connection)
    {
        if (connection.End(CloseReason.Shutdown))
        {
            Interlocked.Increment(ref _cut);
        }
    }

    /// <summary>Waits until no connection is left, or for the token.</summary>
    private async Task EmptyAsync(CancellationToken giveUp)
    {
        while (!giveUp.IsCancellationRequested)
        {
            Task next = Places.Next();
            if (Live == 0)
            {
                return;
            }

            await next.WaitAsync(giveUp).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
