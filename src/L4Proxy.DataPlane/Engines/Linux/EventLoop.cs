using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using L4Proxy.DataPlane.Engines.Linux.Interop;
using L4Proxy.DataPlane.Telemetry;
using Microsoft.Extensions.Logging;

namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>
/// One thread that owns connections from accept to close. Everything in this class runs on that thread, except
/// <see cref="Post"/>. Nothing here blocks but epoll_wait(2), nothing allocates for an event in the steady state,
/// and an exception that gets out ends the process: a loop that dies silently is an outage that nobody sees.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The loop's thread frees what it owns when it ends.")]
internal sealed unsafe partial class EventLoop
{
#if DEBUG
    /// <summary>Few, so that tests meet the edges between two batches.</summary>
    private const int MaxEvents = 4;
#else
    /// <summary>Events taken from the kernel at once: 12 KiB of them.</summary>
    private const int MaxEvents = 512;
#endif

    private readonly LinuxEngine _engine;
    private readonly ILogger _log;
    private readonly EpollSet _epoll = new(MaxEvents);
    private readonly ConcurrentQueue<Action<EventLoop>> _commands = new();
    private readonly Lock _postGate = new();
    private readonly Queue<(Connection Connection, uint Generation)> _ready = new();
    private readonly TimerWheel _wheel;
    private readonly BlockPool _blocks;
    private readonly PipePool _pipes;
    private readonly byte* _scratch;
    private readonly int _scratchSize;
    private readonly int _wakeFd;
    private readonly Thread _thread;
    private long _nowMs;
    private long _turn;
    private long _splicedBytes;
    private bool _stopping;
    private bool _ended;

    public EventLoop(LinuxEngine engine, int id, int maxPipes, ILogger log)
    {
        _engine = engine;
        _log = log;
        Id = id;
        _nowMs = ReadClock();
        _wheel = new TimerWheel(_nowMs);
        _blocks = new BlockPool(engine.Options.BufferSize);
        _pipes = new PipePool(maxPipes);
        _scratchSize = engine.Options.BufferSize;
        _scratch = (byte*)NativeMemory.Alloc((nuint)_scratchSize);
        _wakeFd = Libc.EventFd(0, Kernel.EFD_CLOEXEC | Kernel.EFD_NONBLOCK);
        if (_wakeFd < 0 || !_epoll.Add(_wakeFd, Kernel.EPOLLIN, EventKey.Wake))
        {
            throw LinuxFd.Error("eventfd");
        }

        _spareFd = LinuxFd.OpenSpare();
        _pauseTimer = new PauseTimer(this);
        _thread = new Thread(Run) { Name = $"l4proxy-loop-{id}", IsBackground = true };
    }

    /// <summary>Number of the loop; also the slot of its counters.</summary>
    public int Id { get; }

    public void Start() => _thread.Start();

    /// <summary>
    /// Has something done on the loop's thread, soon; false when the loop has ended, and then nothing is done. May be
    /// called from any thread. The lock keeps the write off a descriptor that the ending loop has closed.
    /// </summary>
    public bool Post(Action<EventLoop> command)
    {
        lock (_postGate)
        {
            if (_ended)
            {
                return false;
            }

            _commands.Enqueue(command);
            ulong one = 1;
            _ = Libc.Write(_wakeFd, &one, sizeof(ulong));
            return true;
        }
    }

    /// <summary>Ends the loop after its current turn; its connections are reset.</summary>
    public void Stop()
    {
        Post(static loop => loop._stopping = true);
        _thread.Join();
    }

    /// <summary>Milliseconds of the monotonic clock.</summary>
    private static long ReadClock() => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1000);

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                int count = _epoll.Wait(_ready.Count > 0 ? 0 : _wheel.WaitMs(_nowMs));
                _nowMs = ReadClock();
                _turn++;
                for (int i = 0; i < count; i++)
                {
                    Dispatch(_epoll.EventsAt(i), _epoll.DataAt(i));
                }

                _wheel.Advance(_nowMs);
                RunReady();
            }

            CloseEverything();
        }
        catch (Exception e)
        {
            Environment.FailFast($"event loop {Id} failed", e);
        }
    }

    private void Dispatch(uint events, ulong data)
    {
        EventKey key = new(data);
        switch (key.Role)
        {
            case EventRole.Loop when data == EventKey.Wake:
                RunCommands();
                break;
            case EventRole.Loop:
                if (_engine.FindListener(key) is { } listener && Accept(listener) && listener.IsShared)
                {
                    LetOthersAccept(listener);
                }

                break;
            default:
                if (_table[key.Index] is { Phase: not ConnectionPhase.Closed } connection && connection.Generation == key.Generation)
                {
                    OnSocket(connection, key.Role, events);
                }

                break;
        }
    }

    private void OnSocket(Connection c, EventRole role, uint events)
    {
        bool relaying = c.Phase == ConnectionPhase.Relaying;
        if (role == EventRole.Client)
        {
            if (c.Phase == ConnectionPhase.Dialing && (events & (Kernel.EPOLLERR | Kernel.EPOLLHUP)) != 0)
            {
                Finish(c, CloseReason.ClientResetWhileConnecting);
                return;
            }

            NoteEvents(ref c.Up, ref c.Down, ref c.ClientReset, events);
            if (c.Phase == ConnectionPhase.ReceivingHeader)
            {
                OnHeaderEvent(c, events);
            }
        }
        else if (c.SlotTurns[role - EventRole.Upstream0] == _turn)
        {
            // The slot was dialled anew in this very turn: the event is for the socket that it had before.
            return;
        }
        else if (!relaying)
        {
            OnDialEvent(c, role - EventRole.Upstream0, events);
            return;
        }
        else if (role - EventRole.Upstream0 == c.ActiveSlot)
        {
            NoteEvents(ref c.Down, ref c.Up, ref c.ServerReset, events);
        }

        if (relaying)
        {
            Relay(c);
        }
    }

    /// <summary>Remembers what an event says of a socket: the flow out of it, the flow into it, whether it is gone.</summary>
    private static void NoteEvents(ref Flow from, ref Flow into, ref bool reset, uint events)
    {
        if ((events & ~Kernel.EPOLLOUT) != 0)
        {
            from.Readable = true;
            if ((events & ~(Kernel.EPOLLOUT | Kernel.EPOLLIN)) != 0)
            {
                from.Drain = true;
            }
        }

        if ((events & Kernel.EPOLLOUT) != 0)
        {
            into.Writable = true;
        }

        if ((events & Kernel.EPOLLERR) != 0)
        {
            reset = true;
            into.Broken = true;
        }
    }

    private void RunCommands()
    {
        ulong ignored;
        _ = Libc.Read(_wakeFd, &ignored, sizeof(ulong));
        while (_commands.TryDequeue(out Action<EventLoop>? command))
        {
            command(this);
        }
    }

    /// <summary>Gives connections that had more to do than one turn allows another turn.</summary>
    private void RunReady()
    {
        for (int left = _ready.Count; left > 0; left--)
        {
            (Connection c, uint generation) = _ready.Dequeue();
            if (c.Generation == generation)
            {
                c.Queued = false;
                Relay(c);
            }
        }

        if (_splicedBytes > 0)
        {
            _engine.Counters.AddSplicedBytes(_splicedBytes);
            _splicedBytes = 0;
        }
    }

    private void CloseEverything()
    {
        lock (_postGate)
        {
            _ended = true;
        }

        RunCommands();
        ResetAll();
        LinuxFd.Close(_wakeFd);
        LinuxFd.Close(_spareFd);
        _epoll.Dispose();
        _pipes.Dispose();
        _blocks.Dispose();
        NativeMemory.Free(_scratch);
    }
}
