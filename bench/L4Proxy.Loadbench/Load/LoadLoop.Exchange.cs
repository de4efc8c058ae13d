using L4Proxy.DataPlane.Engines.Linux.Interop;

namespace L4Proxy.Loadbench.Load;

/// <summary>Operations: which connection starts one when, sending, receiving.</summary>
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
        if (_schedule is null)
        {
            return;
        }

        while (HasIdle() && NextDue() is long due && due <= Clock.Now)
        {
            ClientConnection c = _idle.Dequeue();
            c.IsQueued = false;
            _schedule.Advance();
            StartOperation(c, due);
        }
    }

    private void StartOperation(ClientConnection c, long intended)
    {
        long now = Clock.Now;
        c.Intended = intended;
        c.Started = now;
        c.Deadline = now + _timeout;
        if (now - intended > s_lateness && _run.IsCounting)
        {
            Counters.Late++;
        }

        if (_plan.Kind == LoadKind.ConnectExchange)
        {
            Connect(c);
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
        c.HasFirstByte = false;
        c.HasAnswer = false;
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
        if (c.Phase == ClientPhase.Connecting)
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

    /// <summary>Goes on where a turn ended before the kernel said that there is no more.</summary>
    private void Continue(ClientConnection c, uint generation)
    {
        if (c.Sent < _requestBytes)
        {
            Send(c);
        }

        if (c.Generation == generation && c.Phase == ClientPhase.Exchanging)
        {
            Receive(c);
        }
    }

    private void GiveAnotherTurn(ClientConnection c)
    {
        if (!c.IsReady)
        {
            c.IsReady = true;
            _ready.Enqueue(c);
        }
    }

    private void Send(ClientConnection c)
    {
        for (int calls = 0; c.Sent < _requestBytes; calls++)
        {
            if (calls == CallsPerTurn)
            {
                GiveAnotherTurn(c);
                return;
            }

            // The head is as long as a buffer where filler follows, and filler has no meaning: its middle is as good as any.
            ReadOnlySpan<byte> part = c.Sent < _head.Length
                ? _head.AsSpan((int)c.Sent)
                : _head.AsSpan(_head.Length - (int)Math.Min(BufferSize, _requestBytes - c.Sent));
            int sent = LinuxTcp.Send(c.Fd, part);
            if (sent < 0)
            {
                if (sent != -Errno.EAGAIN)
                {
                    Fail(c, LoadError.Reset);
                }

                return;
            }

            c.Sent += sent;
            if (_run.IsCounting)
            {
                Counters.BytesSent += sent;
            }

            if (sent < part.Length)
            {
                return;
            }
        }

        if (c.HasAnswer)
        {
            Complete(c);
        }
    }

    private void Receive(ClientConnection c)
    {
        for (int calls = 0; calls < CallsPerTurn; calls++)
        {
            bool discards = !c.HasAnswer && c.Answer.Skippable > BufferSize;
            int asked = discards ? (int)Math.Min(c.Answer.Skippable, 4 * BufferSize) : BufferSize;
            int count = discards ? LinuxTcp.Discard(c.Fd, asked) : LinuxTcp.Receive(c.Fd, _buffer);
            if (count <= 0)
            {
                OnNothingReceived(c, count);
                return;
            }

            NoteReceived(c, count);
            AnswerProgress progress = c.HasAnswer ? AnswerProgress.Broken
                : discards ? c.Answer.Skip(count)
                : c.Answer.Take(_buffer.AsSpan(0, count));
            if (progress == AnswerProgress.Broken)
            {
                Fail(c, LoadError.WrongAnswer);
                return;
            }

            if (progress == AnswerProgress.Done)
            {
                c.HasAnswer = true;
                if (c.Sent == _requestBytes)
                {
                    Complete(c);
                    return;
                }
            }

            // A short read has emptied the socket; whatever comes later is a new edge. The end of the stream is none after its own.
            if (count < asked && !c.IsHalfClosed)
            {
                return;
            }
        }

        GiveAnotherTurn(c);
    }

    private void OnNothingReceived(ClientConnection c, int result)
    {
        if (result == -Errno.EAGAIN)
        {
            return;
        }

        if (result == 0 && c.Answer.IsEndedByClose && c.HasFirstByte && c.Sent == _requestBytes)
        {
            Complete(c);
        }
        else
        {
            Fail(c, result == 0 ? LoadError.ClosedEarly : LoadError.Reset);
        }
    }

    private void NoteReceived(ClientConnection c, int count)
    {
        if (!_run.IsCounting)
        {
            c.HasFirstByte = true;
            return;
        }

        Counters.BytesReceived += count;
        if (!c.HasFirstByte)
        {
            c.HasFirstByte = true;
            Counters.FirstByte.Record(Clock.Span(Clock.Now - c.Started));
        }
    }

    private void Complete(ClientConnection c)
    {
        if (_run.IsCounting)
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
            Fail(c, LoadError.LostIdle);
        }
        else if (_schedule is null)
        {
            StartOperation(c, Clock.Now);
        }
        else
        {
            c.Phase = ClientPhase.Idle;
            Offer(c);
        }
    }

    private void Count(ClientConnection c)
    {
        if (c.Answer.IsFailure)
        {
            Counters.CountError(LoadError.WrongAnswer);
            return;
        }

        long now = Clock.Now;
        Counters.Operations++;
        Counters.Service.Record(Clock.Span(now - c.Started));
        if (_schedule is not null)
        {
            Counters.Response.Record(Clock.Span(now - c.Intended));
        }
    }
}
