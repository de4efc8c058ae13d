using L4Proxy.DataPlane.Engines.Linux.Interop;

namespace L4Proxy.Loadbench.Load;

/// <summary>Sending requests, and receiving answers.</summary>
internal sealed partial class LoadLoop
{
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
        if (_run.IsCounting)
        {
            Counters.BytesReceived += count;
        }

        if (c.HasFirstByte)
        {
            return;
        }

        c.HasFirstByte = true;
        if (_run.IsCounting || (_run.IsTold && _schedule is not null))
        {
            Counters.FirstByte.Record(WaitOf(c));
        }
    }
}
