using System.Net;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using Microsoft.Extensions.Logging;

namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>The fast engine: one event loop per core on epoll(7), with splice(2) for bulk.</summary>
public sealed class LinuxEngine : IProxyEngine
{
    /// <summary>How often <see cref="DrainAsync"/> looks whether everything has ended.</summary>
    private static readonly TimeSpan s_drainPoll = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// The part of the free descriptors that listeners may take at one for each loop: little enough that the connections,
    /// which need the rest, do not notice.
    /// </summary>
    private const int OwnSocketsShare = 16;

    private readonly Lock _gate = new();
    private readonly Stack<int> _freeListeners = new();
    private readonly int _ownSockets;
    private LinuxListener?[] _listeners = new LinuxListener?[64];
    private uint[] _listenerGenerations = new uint[64];
    private int _usedListeners;
    private int _listenerSockets;
    private bool _disposed;

    /// <param name="options">Settings of the engine.</param>
    /// <param name="observer">Told of every connection that ends.</param>
    /// <param name="loggers">Makes the engine's logger.</param>
    /// <exception cref="PlatformNotSupportedException">See <see cref="IsSupported"/>.</exception>
    public LinuxEngine(EngineOptions options, IConnectionObserver? observer, ILoggerFactory loggers)
    {
        if (!IsSupported(out string? why))
        {
            throw new PlatformNotSupportedException($"the linux engine cannot run here: {why}");
        }

        Options = options;
        Observer = observer;
        long free = ResourceLimits.FreeDescriptors();
        ResourceBudget budget = ResourceBudget.For(options, free, options.Splice);
        Limits = new ConnectionLimits(budget);
        _ownSockets = (int)Math.Min(free / OwnSocketsShare, options.MaxOwnSockets);
        ILogger log = loggers.CreateLogger("L4Proxy.Engine.Linux");
        Transparent = options.TransparentSource ? new TransparentSource(log) : null;
        int loops = options.Loops > 0 ? options.Loops : Environment.ProcessorCount;
        Loops = new EventLoop[loops];
        for (int i = 0; i < loops; i++)
        {
            Loops[i] = new EventLoop(this, i, budget.MaxPipes / loops, log);
        }

        foreach (EventLoop loop in Loops)
        {
            loop.Start();
        }

        LinuxLog.EngineStarted(log, loops, budget.MaxConnections);
    }

    public string Name => "linux";

    public int CounterSlots => Loops.Length;

    public EngineCounters Counters { get; } = new();

    public int Live => Limits.Active;

    internal EngineOptions Options { get; }

    internal IConnectionObserver? Observer { get; }

    internal ConnectionLimits Limits { get; }

    /// <summary>Null when endpoints see the proxy's address.</summary>
    internal TransparentSource? Transparent { get; }

    internal EventLoop[] Loops { get; }

    /// <summary>Whether this host can run the engine; if not, why.</summary>
    public static bool IsSupported(out string? whyNot)
    {
        whyNot = !OperatingSystem.IsLinux() ? "the operating system is not Linux"
            : !BitConverter.IsLittleEndian || !Environment.Is64BitProcess ? "it needs a 64-bit little-endian processor"
            : null;
        return whyNot is null;
    }

    public IEngineListener Bind(FrontendState frontend)
    {
        bool own = Volatile.Read(ref _listenerSockets) + Loops.Length <= _ownSockets;
        int[] fds = LinuxSockets.Bind(frontend.Entry, Options, own ? Loops.Length : 1, out IPEndPoint local);
        LinuxListener listener = new(this, frontend, fds, local);
        Limits.AddListenerDescriptors(fds.Length);
        lock (_gate)
        {
            _listenerSockets += fds.Length;
            if (!_freeListeners.TryPop(out int index))
            {
                index = _usedListeners++;
            }

            if (index == _listeners.Length)
            {
                Array.Resize(ref _listenerGenerations, index * 2);
                LinuxListener?[] larger = new LinuxListener?[index * 2];
                _listeners.CopyTo(larger, 0);
                Volatile.Write(ref _listeners, larger);
            }

            listener.Key = new EventKey(EventRole.Loop, index, ++_listenerGenerations[index]);
            Volatile.Write(ref _listeners[index], listener);
        }

        return listener;
    }

    public void ResetConnections(EndpointState endpoint, CloseReason reason)
    {
        foreach (EventLoop loop in Loops)
        {
            _ = loop.Post(l => l.ResetWhere(endpoint, reason));
        }
    }

    public async Task<int> DrainAsync(CancellationToken cut)
    {
        while (Live > 0 && !cut.IsCancellationRequested)
        {
            await Task.Delay(s_drainPoll, CancellationToken.None);
        }

        int reset = 0;
        foreach (EventLoop loop in Loops)
        {
            TaskCompletionSource<int> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (loop.Post(l => done.SetResult(l.ResetAll())))
            {
                reset += await done.Task;
            }
        }

        return reset;
    }

    public ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            foreach (EventLoop loop in Loops)
            {
                loop.Stop();
            }

            Transparent?.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The listener that an event is for; null when it was closed meanwhile. Called on event loops.</summary>
    internal LinuxListener? FindListener(EventKey key)
    {
        LinuxListener?[] listeners = Volatile.Read(ref _listeners);
        LinuxListener? listener = Volatile.Read(ref listeners[key.Index]);
        return listener?.Key.Value == key.Value ? listener : null;
    }

    internal void Forget(LinuxListener listener)
    {
        lock (_gate)
        {
            _listenerSockets -= listener.Descriptors;
            Volatile.Write(ref _listeners[listener.Key.Index], null);
            _freeListeners.Push(listener.Key.Index);
        }
    }
}
