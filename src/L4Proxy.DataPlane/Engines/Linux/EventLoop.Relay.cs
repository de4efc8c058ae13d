using System.Runtime.InteropServices;
using L4Proxy.DataPlane.Engines.Linux.Interop;
using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>Moving bytes between the two sockets of a connection.</summary>
internal sealed unsafe partial class EventLoop
{
    /// <summary>
    /// Reads, or splices, that one direction gets before others have their turn: with 32 KiB reads half a
    /// megabyte, some 100 us of work.
    /// </summary>
    private const int MaxTurns = 16;

    /// <summary>
    /// Full reads in a row that make a direction splice: splice(2) pays for bulk and costs for small messages.
    /// </summary>
    private const int FullReadsBeforeSplice = 3;

    /// <summary>Splices in a row of less than <see cref="SmallSplice"/> that make it copy again.</summary>
    private const int SmallSplicesBeforeCopy = 4;

    /// <summary>Below this many bytes a copy costs less than the two calls of a splice.</summary>
    private const int SmallSplice = 16 * 1024;

    /// <summary>Moves what can be moved now, in both directions, and passes on what has ended.</summary>
    /// <remarks>
    /// A side that reset had its last bytes read and offered to the other by now. What the other cannot take at once is
    /// lost, as it would be without a proxy between them.
    /// </remarks>
    private void Relay(Connection c)
    {
        bool more = Move(c, ref c.Up, c.ClientFd, c.ServerFd, up: true);
        more |= Move(c, ref c.Down, c.ServerFd, c.ClientFd, up: false);
        if (c.ClientReset && c.Up.End == FlowEnd.None)
        {
            more |= Move(c, ref c.Up, c.ClientFd, c.ServerFd, up: true);
        }

        if (c.ClientReset && !more)
        {
            Finish(c, IsClosing(c) ? CloseReason.ClientResetWhileClosing : CloseReason.ClientReset);
        }
        else if (c.ServerReset && !more)
        {
            Finish(c, IsClosing(c) ? CloseReason.ServerResetWhileClosing : CloseReason.ServerReset);
        }
        else if (c.Up.Closed && c.Down.Closed)
        {
            Finish(c, CloseReason.Finished);
        }
        else
        {
            if (!c.HalfOpen && (c.Up.End != FlowEnd.None || c.Down.End != FlowEnd.None))
            {
                c.HalfOpen = true;
                ArmRelayTimer(c);
            }

            if (more && !c.Queued)
            {
                c.Queued = true;
                _ready.Enqueue((c, c.Generation));
            }
        }
    }

    private static bool IsClosing(Connection c) => c.Up.Closed || c.Down.Closed;

    /// <summary>Moves bytes of one direction until the source is empty or the destination full; true when its turn is over first.</summary>
    private bool Move(Connection c, ref Flow flow, int source, int destination, bool up)
    {
        for (int turn = 0; turn < MaxTurns; turn++)
        {
            if (flow.Broken
                || (flow.Length > 0 && !Flush(c, ref flow, destination, up))
                || (flow.PipeLength > 0 && !FlushPipe(c, ref flow, destination, up)))
            {
                return false;
            }

            if (flow.End != FlowEnd.None)
            {
                ReleasePipe(ref flow);
                PassOnEnd(ref flow, destination, isLast: up ? c.Down.Closed : c.Up.Closed);
                return false;
            }

            if (!flow.Readable)
            {
                ReleasePipe(ref flow);
                return false;
            }

            if (flow.Splicing)
            {
                Splice(c, ref flow, source, up);
            }
            else
            {
                Copy(c, ref flow, source, destination, up);
            }
        }

        return true;
    }

    /// <summary>A FIN for a FIN. The last one is sent by close(2), which follows at once, and needs no call of its own.</summary>
    private static void PassOnEnd(ref Flow flow, int destination, bool isLast)
    {
        if (flow.End == FlowEnd.Fin && !flow.Closed)
        {
            flow.Closed = true;
            if (!isLast)
            {
                _ = Libc.Shutdown(destination, Kernel.SHUT_WR);
            }
        }
    }

    /// <summary>One read and one write through the loop's own buffer; only what the destination refuses is kept.</summary>
    private void Copy(Connection c, ref Flow flow, int source, int destination, bool up)
    {
        nint received = LinuxFd.Receive(source, _scratch, _scratchSize);
        if (received <= 0)
        {
            OnReadEnd(c, ref flow, received, up);
            return;
        }

        if (received < _scratchSize)
        {
            flow.Run = 0;
            flow.Readable = flow.Drain;
        }
        else if (++flow.Run >= FullReadsBeforeSplice)
        {
            flow.Run = 0;
            flow.Splicing = _engine.Options.Splice;
        }

        nint sent = LinuxFd.Send(destination, _scratch, (int)received);
        if (sent != received)
        {
            if (sent < 0)
            {
                OnWriteError(c, ref flow, up);
                sent = 0;
            }
            else
            {
                WaitForRoom(c, ref flow, up);
            }

            if (!flow.Broken)
            {
                Keep(ref flow, _scratch + sent, (int)(received - sent));
            }
        }

        Account(c, ref flow, received, sent, up);
    }

    /// <summary>Writes bytes that were kept; true when all of them went.</summary>
    private bool Flush(Connection c, ref Flow flow, int destination, bool up)
    {
        if (!flow.Writable)
        {
            return false;
        }

        nint sent = LinuxFd.Send(destination, flow.Buffer + flow.Offset, flow.Length);
        if (sent < 0)
        {
            OnWriteError(c, ref flow, up);
            return false;
        }

        flow.Offset += (int)sent;
        flow.Length -= (int)sent;
        Account(c, ref flow, 0, sent, up);
        if (flow.Length > 0)
        {
            WaitForRoom(c, ref flow, up);
            return false;
        }

        ReleaseBuffer(ref flow);
        return true;
    }

    /// <summary>
    /// Moves bytes from the source into an empty pipe. Since it is empty, EAGAIN can only mean that the source is,
    /// which pipe(7) leaves open otherwise.
    /// </summary>
    private void Splice(Connection c, ref Flow flow, int source, bool up)
    {
        flow.Pipe ??= _pipes.Take();
        if (flow.Pipe is null)
        {
            flow.Splicing = false;
            return;
        }

        nint received = Libc.Splice(
            source, null, flow.Pipe.WriteEnd, null, (nuint)flow.Pipe.Capacity, Kernel.SPLICE_F_MOVE | Kernel.SPLICE_F_NONBLOCK);
        int errno = received < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (received > 0)
        {
            flow.PipeLength = (int)received;
            flow.Run = received < SmallSplice ? (byte)(flow.Run + 1) : (byte)0;
            if (flow.Run >= SmallSplicesBeforeCopy)
            {
                flow.Run = 0;
                flow.Splicing = false;
            }

            _splicedBytes += received;
            Account(c, ref flow, received, 0, up);
        }
        else if (errno == Errno.EINVAL || (flow.Drain && errno is 0 or Errno.EAGAIN))
        {
            // At the mark of urgent data splice(2) finds nothing, with more behind it, and says so as it does of an end
            // or of an empty socket. recv(2) goes on there, and tells which it is.
            flow.Run = 0;
            flow.Splicing = false;
        }
        else
        {
            OnReadEnd(c, ref flow, received, up);
        }
    }

    /// <summary>Moves bytes from the pipe to the destination; true when the pipe is empty.</summary>
    private bool FlushPipe(Connection c, ref Flow flow, int destination, bool up)
    {
        while (flow.Writable && flow.PipeLength > 0)
        {
            nint sent = Libc.Splice(
                flow.Pipe!.ReadEnd, null, destination, null, (nuint)flow.PipeLength, Kernel.SPLICE_F_MOVE | Kernel.SPLICE_F_NONBLOCK);
            if (sent <= 0)
            {
                OnWriteError(c, ref flow, up);
                return false;
            }

            flow.PipeLength -= (int)sent;
            Account(c, ref flow, 0, sent, up);
        }

        if (flow.PipeLength > 0)
        {
            return false;
        }

        if (!flow.Splicing)
        {
            ReleasePipe(ref flow);
        }

        return true;
    }

    private void Account(Connection c, ref Flow flow, nint received, nint sent, bool up)
    {
        flow.Received += received;
        flow.Sent += sent;
        c.ActivityMs = _nowMs;
        if (up)
        {
            c.Counters.AddUp(received, sent);
        }
        else
        {
            c.Counters.AddDown(received, sent);
        }

        if (sent > 0)
        {
            c.ClientsTurn = !up;
        }
    }

    /// <summary>A read gave nothing: the socket is empty, ended, or gone.</summary>
    private static void OnReadEnd(Connection c, ref Flow flow, nint result, bool up)
    {
        bool sourceReset = up ? c.ClientReset : c.ServerReset;
        if (result == 0)
        {
            flow.Readable = false;
            flow.End = sourceReset ? FlowEnd.Reset : FlowEnd.Fin;
            return;
        }

        flow.Readable = false;
        if (Marshal.GetLastPInvokeError() != Errno.EAGAIN)
        {
            flow.End = FlowEnd.Reset;
            MarkReset(c, up ? EventRole.Client : EventRole.Upstream0);
        }
        else if (sourceReset)
        {
            // The error was taken by a write; nothing more can arrive.
            flow.End = FlowEnd.Reset;
        }
    }

    /// <summary>A write failed: the destination is full, or gone.</summary>
    private void OnWriteError(Connection c, ref Flow flow, bool up)
    {
        if (Marshal.GetLastPInvokeError() == Errno.EAGAIN)
        {
            WaitForRoom(c, ref flow, up);
        }
        else
        {
            MarkReset(c, up ? EventRole.Upstream0 : EventRole.Client);
        }
    }

    /// <summary>A socket is gone. What it had sent before is still read and passed on; what was meant for it is lost.</summary>
    private static void MarkReset(Connection c, EventRole side)
    {
        ref Flow from = ref side == EventRole.Client ? ref c.Up : ref c.Down;
        ref Flow into = ref side == EventRole.Client ? ref c.Down : ref c.Up;
        ref bool reset = ref side == EventRole.Client ? ref c.ClientReset : ref c.ServerReset;
        reset = true;
        into.Broken = true;
        if (from.End == FlowEnd.None)
        {
            from.Readable = true;
            from.Drain = true;
        }
    }

    /// <summary>
    /// Has epoll say when the destination takes bytes again. It is asked for only once it is needed: most
    /// connections never fill a socket. Edge-triggered, it then stays asked for at no cost.
    /// </summary>
    private void WaitForRoom(Connection c, ref Flow flow, bool up)
    {
        flow.Writable = false;
        ref bool watched = ref up ? ref c.ServerWriteWatched : ref c.ClientWriteWatched;
        if (!watched)
        {
            watched = true;
            EventRole role = up ? EventKey.Upstream(c.ActiveSlot) : EventRole.Client;
            _epoll.Modify(up ? c.ServerFd : c.ClientFd, RelayEvents | Kernel.EPOLLOUT, new EventKey(role, c.Index, c.Generation).Value);
        }
    }

    private void Keep(ref Flow flow, byte* bytes, int count)
    {
        flow.Buffer = _blocks.Take();
        flow.Offset = 0;
        flow.Length = count;
        Buffer.MemoryCopy(bytes, flow.Buffer, _blocks.BlockSize, count);
    }

    private void ReleaseBuffer(ref Flow flow)
    {
        if (flow.Buffer is not null)
        {
            _blocks.Return(flow.Buffer);
            flow.Buffer = null;
            flow.Length = 0;
        }
    }

    private void ReleasePipe(ref Flow flow)
    {
        if (flow.Pipe is not null)
        {
            _pipes.Return(flow.Pipe, clean: flow.PipeLength == 0);
            flow.Pipe = null;
            flow.PipeLength = 0;
        }
    }
}
