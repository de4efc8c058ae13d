using L4Proxy.DataPlane.Engines.Linux.Interop;

namespace L4Proxy.Loadbench.Load;

/// <summary>Operations: which connection starts one when, and how it ends.</summary>
internal sealed partial class LoadLoop
{
    /// <summary>When the next operation is to start.</summary>
    private long NextDue() => _run.Phase == LoadPhase.Opening ? long.MaxValue : _run.Origin + Clock.OfSeconds(_schedule!.Next);

    /// <summary>Has a connection wait for something to do, which there may be already.</summary>
    private void Offer(ClientConnection c)
    {
        if (!c.IsQueued)
        {
            c.IsQueued = true;
            _idle.Enqueue(c);
        }

        StartDue();
    }

    /// <summary>Whether a connection waits for something to do; those that were lost while they waited are taken out.</summary>
    private bool HasIdle()
    {
        ClientPhase waiting = _plan.Kind == LoadKind.ConnectExchange ? ClientPhase.Closed : ClientPhase.Idle;
        while (_idle.TryPeek(out ClientConnection? c) && c.Phase != waiting)
        {
            _idle.Dequeue().IsQueued = false;
        }

        return _idle.Count > 0;
    }

    /// <summary>Starts operations whose time has come, as long as there are connections for them.</summary>
    private void StartDue()
    {
        if (_schedule is null || !_run.MayBegin)
        {
            return;
        }

        while (HasIdle() && NextDue() is long due && due <= Clock.Now)
        {
            ClientConnection c = _idle.Dequeue();
            c.IsQueued = false;
            _schedule.Advance();
            StartOperation(c, due, Clock.Now);
        }
    }

    /// <summary>Starts what is to start now.</summary>
    private void StartOperation(ClientConnection c)
    {
        long now = Clock.Now;
        StartOperation(c, now, now);
    }

    private void StartOperation(ClientConnection c, long intended, long now)
    {
        c.Intended = intended;
        c.Started = now;
        c.Deadline = now + _timeout;
        c.HasFirstByte = false;
        c.HasAnswer = false;
        if (now - intended > s_lateness && _run.IsCounting)
        {
            Counters.Late++;
        }

        if (_plan.Kind == LoadKind.ConnectExchange)
        {
            Connect(c, ClientPhase.Connecting);
        }
        else
        {
            SendRequest(c);
        }
    }

    private void SendRequest(ClientConnection c)
    {
        c.Phase = ClientPhase.Exchanging;
        c.Sent = 0;
        c.Answer.Begin();
        Send(c);
    }

    private void OnEvent(ClientConnection c, uint events)
    {
        const uint ended = Kernel.EPOLLRDHUP | Kernel.EPOLLHUP | Kernel.EPOLLERR;
        if ((events & ended) != 0)
        {
            c.IsHalfClosed = true;
        }

        uint generation = c.Generation;
        if (c.Phase is ClientPhase.Opening or ClientPhase.Connecting)
        {
            if ((events & (Kernel.EPOLLERR | Kernel.EPOLLHUP)) != 0)
            {
                int errno = LinuxFd.TakeError(c.Fd);
                Fail(c, errno == 0 ? LoadError.Reset : Classify(errno));
                return;
            }

            OnConnected(c);
        }
        else if (c.Phase == ClientPhase.Exchanging && c.Sent < _requestBytes && (events & Kernel.EPOLLOUT) != 0)
        {
            Send(c);
        }

        if ((events & (Kernel.EPOLLIN | ended)) == 0 || c.Generation != generation)
        {
            return;
        }

        if (c.Phase == ClientPhase.Exchanging)
        {
            Receive(c);
        }
        else
        {
            OnIdleEvent(c);
        }
    }

    /// <summary>
    /// A connection that nothing is asked of is closed, or told something: the greeting of a server that speaks first, where it is only held.
    /// </summary>
    private void OnIdleEvent(ClientConnection c)
    {
        int count = LinuxTcp.Receive(c.Fd, _buffer);
        if (count > 0 && _plan.Kind != LoadKind.Hold)
        {
            Fail(c, LoadError.WrongAnswer);
        }
        else if (count is 0 || (count < 0 && count != -Errno.EAGAIN) || c.IsHalfClosed)
        {
            Fail(c, LoadError.LostIdle);
        }
    }

    private void Complete(ClientConnection c)
    {
        if (_run.IsTold)
        {
            Count(c);
        }

        if (_plan.Kind == LoadKind.ConnectExchange || !c.Answer.KeepsConnection)
        {
            // That an answer is the last of its connection is no error where it says so.
            Close(c);
            Restart(c);
        }
        else if (c.IsHalfClosed)
        {
            c.Phase = ClientPhase.Idle;
            Fail(c, LoadError.LostIdle);
        }
        else
        {
            GoOn(c);
        }
    }

    /// <summary>How long an operation has been awaited: in the closed model, it starts when it is to.</summary>
    private static TimeSpan WaitOf(ClientConnection c) => Clock.Span(Clock.Now - c.Intended);

    private void Count(ClientConnection c)
    {
        long now = Clock.Now;
        if (_schedule is not null)
        {
            Counters.Response.Record(Clock.Span(now - c.Intended));
        }

        if (c.Answer.IsFailure)
        {
            Counters.CountError(LoadError.WrongAnswer);
        }
        else if (_run.IsCounting)
        {
            // What ends later was waited for, but is no part of what was done in the time that counts.
            Counters.Operations++;
            Counters.Service.Record(Clock.Span(now - c.Started));
        }
    }
}
