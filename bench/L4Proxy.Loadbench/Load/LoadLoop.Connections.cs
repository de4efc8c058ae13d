using L4Proxy.DataPlane.Engines.Linux.Interop;

namespace L4Proxy.Loadbench.Load;

/// <summary>Opening and closing.</summary>
internal sealed partial class LoadLoop
{
    /// <summary>
    /// Connections that stay are opened at this rate by all threads together, after a first few at once: a server's accept queue holds 128 to
    /// 4096 (listen(2), net.core.somaxconn), and what overflows it waits a second for its next SYN (RFC 6298).
    /// </summary>
    public const double OpeningsPerSecond = 4000;

    private const int OpenedAtOnce = 64;

    private const uint Interest = Kernel.EPOLLIN | Kernel.EPOLLOUT | Kernel.EPOLLRDHUP | Kernel.EPOLLET;

    private long _openingSince;
    private long _nextOpening;
    private long _nextSweep;
    private int _begun;
    private int _untried;

    /// <summary>Opens connections for the first time, as many as the rate allows.</summary>
    private void OpenMore(long now)
    {
        if (_begun == _connections.Length)
        {
            return;
        }

        if (_plan.Kind == LoadKind.ConnectExchange)
        {
            for (; _begun < _connections.Length; _begun++)
            {
                Restart(_connections[_begun]);
            }
        }

        double rate = OpeningsPerSecond / _plan.Threads;
        for (; _begun < _connections.Length && _begun < OpenedAtOnce + (Clock.Span(now - _openingSince).TotalSeconds * rate); _begun++)
        {
            Restart(_connections[_begun]);
        }

        _nextOpening = _begun == _connections.Length ? long.MaxValue : now + Clock.OfSeconds(1 / rate);
    }

    /// <summary>Gives connections that failed something to do again.</summary>
    private void Resume(long now)
    {
        while (_paused.TryPeek(out (ClientConnection Connection, long Until) paused) && paused.Until <= now)
        {
            Restart(_paused.Dequeue().Connection);
        }
    }

    /// <summary>Has a connection without a socket do what the plan wants, for as long as it wants anything.</summary>
    private void Restart(ClientConnection c)
    {
        if (!_run.MayBegin)
        {
            return;
        }

        if (_plan.Kind != LoadKind.ConnectExchange)
        {
            c.Started = Clock.Now;
            c.Deadline = c.Started + _timeout;
            Connect(c, ClientPhase.Opening);
        }
        else if (_schedule is null)
        {
            StartOperation(c);
        }
        else
        {
            Offer(c);
        }
    }

    private void Connect(ClientConnection c, ClientPhase phase)
    {
        c.Phase = phase;
        (byte[] target, int family) = _targets.Next();
        int fd = LinuxTcp.Open(family);
        if (fd < 0)
        {
            Fail(c, LoadError.Local);
            return;
        }

        c.Fd = fd;
        c.IsHalfClosed = false;
        LinuxFd.SetOption(fd, Kernel.IPPROTO_TCP, Kernel.TCP_NODELAY, 1);
        if (!c.Source.IsEmpty)
        {
            LinuxFd.SetOption(fd, Kernel.IPPROTO_IP, Kernel.IP_BIND_ADDRESS_NO_PORT, 1);
            if (LinuxTcp.Bind(fd, c.Source.Span) != 0)
            {
                Fail(c, LoadError.Local);
                return;
            }
        }

        int result = LinuxTcp.Connect(fd, target);
        if (result is not 0 and not -Errno.EINPROGRESS)
        {
            Fail(c, Classify(-result));
        }
        else if (!_epoll.Add(fd, Interest, (uint)c.Index | ((ulong)c.Generation << 32)))
        {
            Fail(c, LoadError.Local);
        }
    }

    private void OnConnected(ClientConnection c)
    {
        Tried(c);
        if (_plan.Kind == LoadKind.ConnectExchange)
        {
            SendRequest(c);
            return;
        }

        if (_plan.Kind == LoadKind.Hold)
        {
            Counters.Service.Record(Clock.Span(Clock.Now - c.Started));
            c.Phase = ClientPhase.Idle;
        }
        else
        {
            GoOn(c);
        }
    }

    /// <summary>Has an open connection do what comes next, if anything does.</summary>
    private void GoOn(ClientConnection c)
    {
        c.Phase = ClientPhase.Idle;
        if (_schedule is not null)
        {
            Offer(c);
        }
        else if (_run.MayBegin)
        {
            StartOperation(c);
        }
    }

    private void Tried(ClientConnection c)
    {
        if (c.WasTried || _plan.Kind == LoadKind.ConnectExchange)
        {
            return;
        }

        c.WasTried = true;
        if (--_untried == 0)
        {
            _opened.SetResult();
        }
    }

    private void Fail(ClientConnection c, LoadError error)
    {
        // After the time that counts it is for servers to end what has nothing under way. What happens while connections of Hold are opened is all
        // that there is to tell of them.
        if (_run.IsCounting || (_run.IsTold && c.IsUnderWay) || (_plan.Kind == LoadKind.Hold && _run.MayBegin))
        {
            CountFailure(c, error);
        }

        Close(c);
        Tried(c);
        _paused.Enqueue((c, Clock.Now + s_pause));
    }

    private void CountFailure(ClientConnection c, LoadError error)
    {
        Counters.CountError(error);
        if (!c.HasOperation)
        {
            return;
        }

        TimeSpan waited = WaitOf(c);
        if (_schedule is not null)
        {
            Counters.Response.Record(waited);
        }

        if (!c.HasFirstByte)
        {
            Counters.FirstByte.Record(waited);
        }
    }

    private void Close(ClientConnection c)
    {
        if (c.Fd >= 0)
        {
            LinuxFd.Close(c.Fd);
            c.Fd = -1;
        }

        c.Generation++;
        c.Phase = ClientPhase.Closed;
    }

    private void CloseAll()
    {
        foreach (ClientConnection c in _connections)
        {
            Close(c);
        }
    }

    /// <summary>Gives up what takes too long; looked for often enough to be late by a sixteenth at most.</summary>
    private void SweepWhenDue(long now)
    {
        if (now < _nextSweep)
        {
            return;
        }

        _nextSweep = now + Math.Clamp(_timeout / 16, Clock.OfSeconds(0.001), Clock.OfSeconds(0.1));
        foreach (ClientConnection c in _connections)
        {
            if (c.IsUnderWay && c.Deadline <= now)
            {
                Fail(c, LoadError.Timeout);
            }
        }
    }

    private static LoadError Classify(int errno) => errno switch
    {
        Errno.ETIMEDOUT => LoadError.Timeout,
        Errno.ECONNRESET or Errno.EPIPE => LoadError.Reset,
        Errno.ECONNREFUSED or Errno.EHOSTUNREACH or Errno.ENETUNREACH => LoadError.Refused,
        _ => LoadError.Local,
    };
}
