using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using L4Proxy.DataPlane.Engines.Linux.Interop;

namespace L4Proxy.Loadbench.Load;

/// <summary>
/// One thread of the generator, with its share of the connections and of the rate. Everything in it runs on that thread but what
/// <see cref="Completion"/> and <see cref="Opened"/> tell. Edge-triggered; nothing is allocated for an operation once each connection has
/// had one.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The loop's thread frees what it owns when it ends.")]
internal sealed partial class LoadLoop
{
    /// <summary>Events taken from the kernel at once, as the proxy's own loops take them.</summary>
    private const int MaxEvents = 512;

    /// <summary>Calls of recv or send in a row for one connection before others have their turn.</summary>
    private const int CallsPerTurn = 16;

    /// <summary>As much as a socket's buffer holds at most by default is 4 to 6 MiB (tcp_rmem, tcp_wmem); larger reads gain nothing.</summary>
    private const int BufferSize = 256 * 1024;

    /// <summary>How long the end of a run may go unnoticed.</summary>
    private static readonly long s_longestWait = Clock.Of(TimeSpan.FromMilliseconds(20));

    /// <summary>
    /// A connection that failed waits so long, as a client would: without it, a server that refuses is asked 100,000 times a second.
    /// </summary>
    private static readonly long s_pause = Clock.Of(TimeSpan.FromMilliseconds(10));

    /// <summary>Later starts are counted as such; above what timers and a turn of the loop take.</summary>
    private static readonly long s_lateness = Clock.Of(TimeSpan.FromMilliseconds(1));

    private readonly LoadRun _run;
    private readonly LoadPlan _plan;
    private readonly LoadSchedule? _schedule;
    private readonly LoadTargets _targets;
    private readonly EpollSet _epoll = new(MaxEvents);
    private readonly ClientConnection[] _connections;
    private readonly Queue<ClientConnection> _idle;
    private readonly Queue<ClientConnection> _ready;
    private readonly Queue<(ClientConnection Connection, long Until)> _paused;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);
    private readonly byte[] _head;
    private readonly long _requestBytes;
    private readonly long _timeout;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LoadLoop(LoadRun run, LoadShare share)
    {
        _run = run;
        _plan = run.Plan;
        _schedule = _plan.Rate is null ? null : new LoadSchedule(_plan, share.Part, share.Parts);
        _targets = new LoadTargets(_plan.Targets, share.Part);
        _connections = [.. Enumerable.Range(0, share.Connections)
            .Select(i => new ClientConnection(i, LoadTargets.SourceOf(_plan, share.FirstConnection + i), AnswerReaders.Create(_plan.Exchange)))];
        _idle = new Queue<ClientConnection>(share.Connections);
        _ready = new Queue<ClientConnection>(share.Connections);
        _paused = new Queue<(ClientConnection, long)>(share.Connections);
        _requestBytes = _plan.Exchange.Request.Length + _plan.Exchange.Filler;
        _head = [.. _plan.Exchange.Request.Span, .. new byte[Math.Min(_plan.Exchange.Filler, BufferSize)]];
        _timeout = Clock.Of(_plan.Timeout);
        _untried = _plan.Kind == LoadKind.ConnectExchange ? 0 : share.Connections;
    }

    public LoadCounters Counters { get; } = new();

    /// <summary>CPU time of the thread; valid once it runs.</summary>
    public ThreadProcessorTime ProcessorTime { get; } = new();

    /// <summary>Each connection that is to stay has been opened, or has failed to.</summary>
    public Task Opened => _opened.Task;

    /// <summary>The thread has ended, or failed.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Connections that are open and have nothing to do; exact only on the loop's own thread.</summary>
    public int Open => _connections.Count(c => c.Phase is ClientPhase.Idle);

    public void Start() => new Thread(Run) { Name = "load", IsBackground = true }.Start();

    private void Run()
    {
        try
        {
            ProcessorTime.Attach();
            LinuxTcp.WakeOnTime();
            _openingSince = Clock.Now;
            if (_untried == 0)
            {
                _opened.SetResult();
            }

            long allocated = -1;
            while (!IsDone())
            {
                if (allocated < 0 && _run.IsCounting)
                {
                    allocated = GC.GetAllocatedBytesForCurrentThread();
                }

                Turn();
            }

            Counters.AllocatedBytes = allocated < 0 ? 0 : GC.GetAllocatedBytesForCurrentThread() - allocated;
            Finish();
            _completion.SetResult();
        }
        catch (Exception e)
        {
            _completion.SetException(e);
        }
        finally
        {
            _opened.TrySetResult();
            CloseAll();
            _epoll.Dispose();
        }
    }

    private void Turn()
    {
        long now = Clock.Now;
        if (_run.MayBegin)
        {
            OpenMore(now);
            Resume(now);
            StartDue();
        }

        SweepWhenDue(now);
        int count = _epoll.WaitPrecisely(Clock.Span(WaitFrom(now)));
        for (int i = 0; i < count; i++)
        {
            ulong data = _epoll.DataAt(i);
            ClientConnection connection = _connections[(int)(uint)data];
            if (connection.Fd >= 0 && connection.Generation == (uint)(data >> 32))
            {
                OnEvent(connection, _epoll.EventsAt(i));
            }
        }

        for (int left = _ready.Count; left > 0; left--)
        {
            ClientConnection connection = _ready.Dequeue();
            connection.IsReady = false;
            if (connection.Phase == ClientPhase.Exchanging)
            {
                Continue(connection, connection.Generation);
            }
        }
    }

    /// <summary>How long nothing but events needs this thread.</summary>
    private long WaitFrom(long now)
    {
        if (_ready.Count > 0)
        {
            return 0;
        }

        long until = Math.Min(now + s_longestWait, _nextSweep);
        if (_run.MayBegin)
        {
            until = Math.Min(until, NextBegin());
        }

        return Math.Max(0, until - Clock.Now);
    }

    /// <summary>When the next connection or operation is to begin.</summary>
    private long NextBegin()
    {
        long until = _nextOpening;
        if (_paused.TryPeek(out (ClientConnection Connection, long Until) paused))
        {
            until = Math.Min(until, paused.Until);
        }

        return _schedule is not null && HasIdle() ? Math.Min(until, NextDue()) : until;
    }

    private bool IsDone() => _run.Phase switch
    {
        LoadPhase.Over => true,
        LoadPhase.Closing => Clock.Now >= _run.WaitsTo || !Array.Exists(_connections, c => c.IsUnderWay),
        _ => false,
    };

    /// <summary>Counts what was to be over at the end and is not: see <see cref="LoadPlan.Grace"/> and <see cref="LoadResult.Response"/>.</summary>
    private void Finish()
    {
        if (_run.Phase == LoadPhase.Over)
        {
            return;
        }

        foreach (ClientConnection c in _connections.Where(c => c.IsUnderWay))
        {
            CountFailure(c, LoadError.Stalled);
        }

        // Whether one of these would have succeeded nobody knows: they are no errors.
        for (; _schedule is not null && NextDue() is long due && due < _run.CountedTo; _schedule.Advance())
        {
            Counters.Response.Record(Stopwatch.GetElapsedTime(due, _run.CountedTo));
        }
    }
}
