using L4Proxy.DataPlane.Engines.Linux.Interop;

namespace L4Proxy.Loadbench.Backends;

/// <summary>Requests and answers.</summary>
internal sealed partial class BackendLoop
{
    /// <summary>The longest head of a request: what nginx takes by default (large_client_header_buffers).</summary>
    private const int LongestHead = 8 * 1024;

    private void Serve(int index, uint events)
    {
        BackendConnection c = _connections[index];
        if ((events & (Kernel.EPOLLERR | Kernel.EPOLLHUP)) != 0)
        {
            Close(index);
            return;
        }

        uint generation = c.Generation;
        if ((events & Kernel.EPOLLOUT) != 0 && !c.IsFlushed && Flush(index))
        {
            Process(index, []);

            // What came while answers were stuck has not been read, and its edge is over.
            events |= Kernel.EPOLLIN;
        }

        if ((events & (Kernel.EPOLLIN | Kernel.EPOLLRDHUP)) != 0 && c.Generation == generation)
        {
            Read(index, isHalfClosed: (events & Kernel.EPOLLRDHUP) != 0);
        }
    }

    private void Read(int index, bool isHalfClosed)
    {
        BackendConnection c = _connections[index];
        uint generation = c.Generation;
        for (int calls = 0; calls < CallsPerTurn; calls++)
        {
            if (!c.IsFlushed && c.UploadLeft == 0)
            {
                return;
            }

            bool discards = c.UploadLeft > BufferSize;
            int asked = discards ? (int)Math.Min(c.UploadLeft, BackendAnswer.BlockSize) : BufferSize;
            int count = discards ? LinuxTcp.Discard(c.Fd, asked) : LinuxTcp.Receive(c.Fd, _in);
            if (count <= 0)
            {
                if (count != -Errno.EAGAIN)
                {
                    Close(index);
                }

                return;
            }

            if (discards)
            {
                c.UploadLeft -= count;
            }

            Process(index, discards ? [] : _in.AsSpan(0, count));
            if (c.Generation != generation || (count < asked && !isHalfClosed))
            {
                return;
            }
        }

        GiveAnotherTurn(index);
    }

    /// <summary>Answers what has been received, until the kernel takes no more.</summary>
    private void Process(int index, ReadOnlySpan<byte> received)
    {
        BackendConnection c = _connections[index];
        int used = c.Input.IsEmpty ? Parse(c, received) : 0;
        c.Input.Append(received[used..]);
        while (Flush(index) && !c.Input.IsEmpty)
        {
            used = Parse(c, c.Input.Span);
            c.Input.Consume(used);
            if (used == 0)
            {
                return;
            }
        }
    }

    /// <summary>Takes what of the bytes can be taken now, and puts answers into the output; returns how many.</summary>
    private int Parse(BackendConnection c, ReadOnlySpan<byte> bytes)
    {
        int used = 0;
        while (!c.Closes || c.UploadLeft > 0 || c.AnswersAfterUpload)
        {
            int upload = (int)Math.Min(c.UploadLeft, bytes.Length - used);
            c.UploadLeft -= upload;
            used += upload;
            if (c.UploadLeft > 0)
            {
                break;
            }

            if (c.AnswersAfterUpload)
            {
                c.AnswersAfterUpload = false;
                Answer(c, 0);
            }

            // The next request waits until what is to be sent has gone.
            if (!c.IsFlushed || BufferSize - _outCount < BackendAnswer.HeadLength + BackendAnswer.Text.Length)
            {
                break;
            }

            int head = bytes[used..].IndexOf("\r\n\r\n"u8) + 4;
            if (head < 4 ? bytes.Length - used > LongestHead : !TryTake(c, bytes.Slice(used, head)))
            {
                Refuse(c);
                return bytes.Length;
            }

            if (head < 4)
            {
                break;
            }

            used += head;
        }

        return used;
    }

    private bool TryTake(BackendConnection c, ReadOnlySpan<byte> head)
    {
        if (!BackendRequest.TryParse(head, out BackendRequest request))
        {
            return false;
        }

        c.Closes = request.Closes;
        c.UploadLeft = request.BodyBytes;
        c.AnswersAfterUpload = request is { AnswerBytes: 0, BodyBytes: > 0 };
        if (!c.AnswersAfterUpload)
        {
            Answer(c, request.AnswerBytes);
        }

        return true;
    }

    /// <summary>Puts a head and as much of the body into the output as there is room for.</summary>
    private void Answer(BackendConnection c, long bytes)
    {
        BackendAnswer.WriteHead(_out.AsSpan(_outCount), bytes < 0 ? BackendAnswer.Text.Length : bytes, c.Closes);
        _outCount += BackendAnswer.HeadLength;
        ReadOnlySpan<byte> body = bytes < 0 ? BackendAnswer.Text : BackendAnswer.Block[..(int)Math.Min(bytes, BufferSize - _outCount)];
        body.CopyTo(_out.AsSpan(_outCount));
        _outCount += body.Length;
        c.BodyLeft = bytes < 0 ? 0 : bytes - body.Length;
    }

    private void Refuse(BackendConnection c)
    {
        BackendAnswer.Refusal.CopyTo(_out.AsSpan(_outCount));
        _outCount += BackendAnswer.Refusal.Length;
        c.Closes = true;
        c.Input.Clear();
    }

    /// <summary>Sends what there is to send; whether all of it is gone, and the connection is still there.</summary>
    private bool Flush(int index)
    {
        BackendConnection c = _connections[index];
        if (_outCount > 0)
        {
            int sent = c.Output.IsEmpty ? LinuxTcp.Send(c.Fd, _out.AsSpan(0, _outCount)) : 0;
            c.Output.Append(_out.AsSpan(Math.Max(0, sent), _outCount - Math.Max(0, sent)));
            _outCount = 0;
        }

        for (int calls = 0; !c.IsFlushed; calls++)
        {
            if (calls == CallsPerTurn)
            {
                GiveAnotherTurn(index);
                return false;
            }

            ReadOnlySpan<byte> part = c.Output.IsEmpty
                ? BackendAnswer.Block[..(int)Math.Min(c.BodyLeft, BackendAnswer.BlockSize)]
                : c.Output.Span;
            int sent = LinuxTcp.Send(c.Fd, part);
            if (sent < 0)
            {
                if (sent != -Errno.EAGAIN)
                {
                    Close(index);
                }

                return false;
            }

            if (c.Output.IsEmpty)
            {
                c.BodyLeft -= sent;
            }
            else
            {
                c.Output.Consume(sent);
            }

            if (sent < part.Length)
            {
                return false;
            }
        }

        if (c is { Closes: true, UploadLeft: 0, AnswersAfterUpload: false })
        {
            Close(index);
            return false;
        }

        return true;
    }
}
