using L4Proxy.DataPlane.Engines.Linux.Interop;
using L4Proxy.DataPlane.ProxyProtocol;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>PROXY headers: read from a client before its endpoint is looked for, written to the endpoint that answered.</summary>
internal sealed unsafe partial class EventLoop
{
    /// <summary>Waits for the client's header. What came with the handshake is an event of the next turn.</summary>
    private void AwaitHeader(Connection c, FrontendState frontend)
    {
        c.Phase = ConnectionPhase.ReceivingHeader;
        c.Frontend = frontend;
        _wheel.Arm(c, _nowMs + Ms(c.Options.ProxyProtocol.Timeout));
    }

    /// <summary>
    /// Looks at what has arrived without taking it (MSG_PEEK), so that bytes after the header stay where the relay finds
    /// them, and a client that is slow holds no buffer.
    /// </summary>
    private void OnHeaderEvent(Connection c, uint events)
    {
        if ((events & (Kernel.EPOLLERR | Kernel.EPOLLHUP)) != 0)
        {
            Finish(c, CloseReason.ProxyHeaderIncomplete);
            return;
        }

        int room = Math.Min(_scratchSize, ProxyHeaderReader.MaxLength);
        int arrived = (int)LinuxFd.Receive(c.ClientFd, _scratch, room, Kernel.MSG_PEEK);
        switch (ProxyHeaderReader.Read(new ReadOnlySpan<byte>(_scratch, Math.Max(arrived, 0)), out ProxyHeader header, out int length))
        {
            case ProxyHeaderStatus.Invalid:
                Finish(c, CloseReason.ProxyHeaderInvalid);
                break;
            case ProxyHeaderStatus.Incomplete when arrived == 0 || (events & Kernel.EPOLLRDHUP) != 0:
                Finish(c, CloseReason.ProxyHeaderIncomplete);
                break;
            case ProxyHeaderStatus.Complete:
                // Whatever comes later is another event.
                c.Up.Readable = c.Up.Drain || arrived > length || arrived == room;
                TakeHeader(c, header, length);
                break;
        }
    }

    private void TakeHeader(Connection c, in ProxyHeader header, int length)
    {
        if (LinuxFd.Receive(c.ClientFd, _scratch, length) != length)
        {
            // Urgent data has split the header meanwhile: it is not the stream of bytes that it was.
            Finish(c, CloseReason.ProxyHeaderInvalid);
            return;
        }

        c.Counters.AddHeaderReceived(length);
        if (header.HasAddresses)
        {
            c.Client = header.Source;
            c.Destination = header.Destination;
        }

        CloseReason refusal = c.Frontend!.Admit(c.Client, out EndpointScope scope);
        c.Frontend = null;
        if (refusal != CloseReason.None)
        {
            Finish(c, refusal);
            return;
        }

        BeginDial(c, scope);
    }

    /// <summary>
    /// Writes the header to an endpoint that has just connected. It fits into an empty send buffer, of which tcp(7) promises
    /// some KiB at least, so one that does not go whole has met a socket that is gone.
    /// </summary>
    private void SendHeader(Connection c)
    {
        byte* bytes = stackalloc byte[ProxyHeaderWriter.MaxLength];
        ProxyHeader header = new(c.Client, c.Destination == default ? LinuxFd.LocalAddress(c.ClientFd) : c.Destination);
        int length = ProxyHeaderWriter.Write(c.Options.ProxyProtocol, header, new Span<byte>(bytes, ProxyHeaderWriter.MaxLength));
        if (LinuxFd.Send(c.ServerFd, bytes, length) == length)
        {
            c.Counters.AddHeaderSent(length);
        }
        else
        {
            MarkReset(c, EventRole.Upstream0);
        }
    }
}
