using System.Diagnostics;
using L4Proxy.DataPlane.Engines.Linux.Interop;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>The table of connections, their time limits and their end.</summary>
internal sealed partial class EventLoop
{
    /// <summary>Connection objects kept when nobody uses them; what a peak took beyond that is left to the collector.</summary>
    private const int MaxIdleConnections = 1024;

    private readonly Stack<int> _freeIndexes = new();
    private readonly Stack<Connection> _idle = new();
    private Connection?[] _table = new Connection?[256];
    private uint[] _generations = new uint[256];
    private int _used;

    /// <summary>Resets the connections of one endpoint; the number of them. Those that still dial have none yet.</summary>
    internal int ResetWhere(EndpointState endpoint, CloseReason reason)
    {
        int count = 0;
        for (int i = 0; i < _used; i++)
        {
            if (_table[i] is { Phase: ConnectionPhase.Relaying } c && ReferenceEquals(c.Endpoint, endpoint))
            {
                Finish(c, reason);
                count++;
            }
        }

        return count;
    }

    /// <summary>Resets everything because the proxy stops; the number of connections.</summary>
    internal int ResetAll()
    {
        int count = 0;
        for (int i = 0; i < _used; i++)
        {
            if (_table[i] is { Phase: not ConnectionPhase.Closed } c)
            {
                Finish(c, c.Phase == ConnectionPhase.Relaying ? CloseReason.Shutdown : CloseReason.ShutdownWhileConnecting);
                count++;
            }
        }

        return count;
    }

    internal void OnTimer(Connection c, long nowMs)
    {
        if (c.Phase == ConnectionPhase.Dialing)
        {
            AdvanceDial(c);
            return;
        }

        if (c.Phase == ConnectionPhase.ReceivingHeader)
        {
            Finish(c, CloseReason.ProxyHeaderTimeout);
            return;
        }

        CloseReason reason = Overdue(c, nowMs);
        if (reason != CloseReason.None)
        {
            Finish(c, reason);
        }
        else
        {
            ArmRelayTimer(c);
        }
    }

    /// <summary>
    /// Arms the timer for the first limit that the connection can reach. Activity only notes its time; the timer
    /// finds out when it expires, so a busy connection costs no work here.
    /// </summary>
    private void ArmRelayTimer(Connection c)
    {
        long due = Math.Min(QuietDueMs(c), AgeDueMs(c));
        if (due == long.MaxValue)
        {
            _wheel.Disarm(c);
        }
        else
        {
            _wheel.Arm(c, due);
        }
    }

    private static long QuietDueMs(Connection c)
    {
        long idle = Ms(c.Options.IdleTimeout);
        long limit = c.HalfOpen ? Math.Min(idle, Ms(c.Options.HalfOpenTimeout)) : idle;
        return limit == long.MaxValue ? limit : c.ActivityMs + limit;
    }

    private static long AgeDueMs(Connection c)
    {
        long limit = Ms(c.Options.MaxAge);
        return limit == long.MaxValue ? limit : c.AcceptedMs + limit;
    }

    /// <summary>A limit in milliseconds, where zero means that there is none.</summary>
    private static long Ms(TimeSpan limit) => limit > TimeSpan.Zero ? Math.Max(1, (long)limit.TotalMilliseconds) : long.MaxValue;

    private static CloseReason Overdue(Connection c, long nowMs)
    {
        if (nowMs >= AgeDueMs(c))
        {
            return CloseReason.MaxAge;
        }

        if (nowMs < QuietDueMs(c))
        {
            return CloseReason.None;
        }

        if (c.HalfOpen)
        {
            return c.Down.End != FlowEnd.None || c.ServerReset ? CloseReason.ClientHalfOpen : CloseReason.ServerHalfOpen;
        }

        return c.ClientsTurn ? CloseReason.ClientIdle : CloseReason.ServerIdle;
    }

    private Connection Rent()
    {
        if (_idle.TryPop(out Connection? pooled))
        {
            return pooled;
        }

        if (!_freeIndexes.TryPop(out int index))
        {
            index = _used++;
            if (index == _table.Length)
            {
                Array.Resize(ref _table, index * 2);
                Array.Resize(ref _generations, index * 2);
            }
        }

        Connection fresh = new(this, index) { Generation = _generations[index] };
        fresh.Upstream[0] = -1;
        fresh.Upstream[1] = -1;
        _table[index] = fresh;
        return fresh;
    }

    /// <summary>Ends a connection: its sockets are closed as the reason asks, everything it held is given back, and it is counted.</summary>
    private void Finish(Connection c, CloseReason reason)
    {
        _wheel.Disarm(c);
        if (c.Dial is not null)
        {
            c.Retries = Math.Max(0, c.Dial.Attempts - 1);
            c.Dial.Abort();
            ReturnSession(c);
        }

        CloseSockets(c, reason);
        ReleaseBuffer(ref c.Up);
        ReleaseBuffer(ref c.Down);
        ReleasePipe(ref c.Up);
        ReleasePipe(ref c.Down);
        c.Endpoint?.Release();
        c.Counters.Close(reason, c.Up.Lost + c.Down.Lost, c.Retries);
        _engine.Limits.Leave(c.Service);
        if (_engine.Observer is { IsEnabled: true } observer)
        {
            observer.Ended(Describe(c, reason));
        }

        Recycle(c);
        if (_paused.Count > 0 && _exhaustedSinceMs == 0)
        {
            ResumeAccepting();
        }
    }

    /// <summary>An end that both sides agreed on is a close; a reset on one side is a reset on the other; the rest is the proxy's own reset.</summary>
    private static void CloseSockets(Connection c, CloseReason reason)
    {
        bool resetClient = reason is not (CloseReason.Finished or CloseReason.MaxAge) && !c.ClientReset;
        bool resetServer = c.Phase == ConnectionPhase.Relaying && reason is not (CloseReason.Finished or CloseReason.MaxAge) && !c.ServerReset;
        Close(ref c.ClientFd, resetClient);
        Close(ref c.Upstream[0], resetServer);
        Close(ref c.Upstream[1], resetServer);
    }

    private static void Close(ref int fd, bool reset)
    {
        if (fd < 0)
        {
            return;
        }

        if (reset)
        {
            LinuxFd.Reset(fd);
        }
        else
        {
            LinuxFd.Close(fd);
        }

        fd = -1;
    }

    private static ConnectionEnd Describe(Connection c, CloseReason reason) => new()
    {
        Client = c.Client,
        Destination = c.Destination,
        Service = c.Service,
        Endpoint = c.Endpoint,
        Reason = reason,
        ConnectTime = Stopwatch.GetElapsedTime(0, c.ConnectTicks),
        Duration = Stopwatch.GetElapsedTime(c.AcceptedAt),
        BytesUp = c.Up.Sent,
        BytesDown = c.Down.Sent,
        Retries = c.Retries,
    };

    private void Recycle(Connection c)
    {
        c.Phase = ConnectionPhase.Closed;
        c.Generation++;
        c.Up = default;
        c.Down = default;
        c.Endpoint = null;
        c.Frontend = null;
        c.Destination = default;
        c.Service = null!;
        c.Counters = null!;
        c.Options = null!;
        c.ActiveSlot = 0;
        c.Retries = 0;
        c.ConnectTicks = 0;
        c.ClientsTurn = false;
        c.ClientReset = false;
        c.ServerReset = false;
        c.ClientWriteWatched = false;
        c.ServerWriteWatched = false;
        c.HalfOpen = false;
        c.Queued = false;
        if (_idle.Count < MaxIdleConnections)
        {
            _idle.Push(c);
        }
        else
        {
            _generations[c.Index] = c.Generation;
            _table[c.Index] = null;
            _freeIndexes.Push(c.Index);
        }
    }
}
