using System.Diagnostics;
using System.Runtime.InteropServices;
using L4Proxy.DataPlane.Dialing;
using L4Proxy.DataPlane.Engines.Linux.Interop;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>Doing what a <see cref="DialSession"/> says.</summary>
internal sealed unsafe partial class EventLoop
{
    /// <summary>
    /// What every relayed socket waits for, edge-triggered. Room to write is added only where it was missed once.
    /// </summary>
    private const uint RelayEvents = Kernel.EPOLLIN | Kernel.EPOLLRDHUP | Kernel.EPOLLPRI | Kernel.EPOLLET;

    /// <summary>Dial sessions kept when nobody dials.</summary>
    private const int MaxIdleSessions = 256;

    private readonly Stack<DialSession> _sessions = new();

    private void BeginDial(Connection c, EndpointScope scope)
    {
        c.Phase = ConnectionPhase.Dialing;
        c.Dial = _sessions.TryPop(out DialSession? session) ? session : new DialSession();
        c.Dial.Begin(c.Service, c.Client, scope, _nowMs);
        AdvanceDial(c);
    }

    private void AdvanceDial(Connection c)
    {
        while (true)
        {
            DialStep step = c.Dial!.Next(_nowMs);
            switch (step.Kind)
            {
                case DialStepKind.Start:
                    if (StartDial(c, step.Slot, step.Endpoint!))
                    {
                        return;
                    }

                    break;
                case DialStepKind.Abandon:
                    CloseSlot(c, step.Slot);
                    break;
                case DialStepKind.Wait:
                    _wheel.Arm(c, step.UntilMs);
                    return;
                default:
                    Finish(c, step.Reason);
                    return;
            }
        }
    }

    /// <summary>Starts one attempt; true when it connected at once and won.</summary>
    private bool StartDial(Connection c, int slot, EndpointState endpoint)
    {
        bool v4 = endpoint.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        int fd = Libc.Socket(
            v4 ? Kernel.AF_INET : Kernel.AF_INET6, Kernel.SOCK_STREAM | Kernel.SOCK_NONBLOCK | Kernel.SOCK_CLOEXEC, Kernel.IPPROTO_TCP);
        if (fd < 0)
        {
            c.Dial!.Failed(slot, Classify(Marshal.GetLastPInvokeError()), _nowMs);
            return false;
        }

        LinuxFd.Apply(fd, c.Options.Tcp);
        c.Upstream[slot] = fd;
        c.SlotTurns[slot] = _turn;
        int errno = DescriptorReserve.Holds(fd) ? Errno.EMFILE : BindSource(c, fd, endpoint);
        errno = errno == 0 ? Connect(fd, endpoint) : errno;
        bool connected = errno == 0;
        if (errno is not (0 or Errno.EINPROGRESS))
        {
            FailDial(c, slot, Classify(errno));
            return false;
        }

        uint events = connected ? RelayEvents : RelayEvents | Kernel.EPOLLOUT;
        if (!_epoll.Add(fd, events, new EventKey(EventKey.Upstream(slot), c.Index, c.Generation).Value))
        {
            FailDial(c, slot, DialError.NoResources);
            return false;
        }

        return connected && TryStartRelay(c, slot, noted: 0);
    }

    /// <summary>
    /// Binds a socket to the client's own address where that is asked for and makes sense, or to the source address that is asked for,
    /// if it is of the endpoint's family; 0 or what went wrong.
    /// </summary>
    private int BindSource(Connection c, int fd, EndpointState endpoint)
    {
        if (_engine.Transparent is { } transparent && transparent.Applies(c.Client, endpoint))
        {
            int errno = LinuxFd.BindTransparent(fd, c.Client);
            if (errno == 0)
            {
                return 0;
            }

            // Whatever it is, it is not the endpoint's fault.
            transparent.Failed(c.Client, Marshal.GetPInvokeErrorMessage(errno));
            return Errno.EADDRNOTAVAIL;
        }

        System.Net.IPAddress? source = c.Options.Dial.SourceAddress;
        if (source?.AddressFamily != endpoint.Address.AddressFamily)
        {
            return 0;
        }

        LinuxFd.SetOption(fd, Kernel.IPPROTO_IP, Kernel.IP_BIND_ADDRESS_NO_PORT, 1);
        System.Net.SocketAddress native = new System.Net.IPEndPoint(source, 0).Serialize();
        fixed (byte* address = native.Buffer.Span)
        {
            return Libc.Bind(fd, address, (uint)native.Size) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Calls connect(2); 0, EINPROGRESS or what went wrong.</summary>
    private static int Connect(int fd, EndpointState endpoint)
    {
        fixed (byte* address = endpoint.SocketAddress.Buffer.Span)
        {
            return Libc.Connect(fd, address, (uint)endpoint.SocketAddress.Size) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    private void OnDialEvent(Connection c, int slot, uint events)
    {
        if (c.Upstream[slot] < 0)
        {
            return;
        }

        int errno = (events & (Kernel.EPOLLERR | Kernel.EPOLLHUP)) == 0 ? 0 : LinuxFd.TakeError(c.Upstream[slot]);
        if (errno != 0)
        {
            FailDial(c, slot, Classify(errno));
            AdvanceDial(c);
        }
        else if ((events & (Kernel.EPOLLOUT | Kernel.EPOLLHUP)) != 0)
        {
            if (!TryStartRelay(c, slot, events & ~Kernel.EPOLLERR))
            {
                AdvanceDial(c);
            }
        }
    }

    private void FailDial(Connection c, int slot, DialError error)
    {
        CloseSlot(c, slot);
        c.Dial!.Failed(slot, error, _nowMs);
    }

    private DialError Classify(int errno)
    {
        switch (errno)
        {
            case Errno.ECONNREFUSED or Errno.ECONNRESET:
                return DialError.Refused;
            case Errno.ETIMEDOUT:
                return DialError.TimedOut;
            case Errno.EADDRNOTAVAIL or Errno.EAGAIN or Errno.EADDRINUSE:
                // connect(2): EAGAIN and EADDRNOTAVAIL both say that the ephemeral ports are used up.
                _engine.Counters.CountLocalPortFailure();
                return DialError.NoLocalPort;
            default:
                return Errno.IsExhaustion(errno) ? DialError.NoResources : DialError.Unreachable;
        }
    }

    private static void CloseSlot(Connection c, int slot)
    {
        if (c.Upstream[slot] >= 0)
        {
            LinuxFd.Close(c.Upstream[slot]);
            c.Upstream[slot] = -1;
        }
    }

    /// <summary>An endpoint answered: from here on bytes flow. False when the answer is of no use, and the dial goes on.</summary>
    /// <param name="c">The connection.</param>
    /// <param name="slot">The slot that connected.</param>
    /// <param name="noted">What epoll said of its socket; 0 when it connected before epoll watched it, and not for room to write.</param>
    private bool TryStartRelay(Connection c, int slot, uint noted)
    {
        if (!c.Dial!.Accepts(slot))
        {
            FailDial(c, slot, DialError.EndpointLeft);
            return false;
        }

        if (LinuxFd.IsSelfConnected(c.Upstream[slot], c.Dial.EndpointIn(slot).Address))
        {
            FailDial(c, slot, DialError.Refused);
            return false;
        }

        NoteEvents(ref c.Down, ref c.Up, ref c.ServerReset, noted);
        c.Endpoint = c.Dial.Connected(slot, _nowMs);
        c.Retries = c.Dial.Attempts - 1;
        ReturnSession(c);
        CloseSlot(c, DialSession.Slots - 1 - slot);
        c.ActiveSlot = slot;
        c.ServerWriteWatched = noted != 0;
        c.Phase = ConnectionPhase.Relaying;
        c.ConnectTicks = Stopwatch.GetTimestamp() - c.AcceptedAt;
        c.ActivityMs = _nowMs;
        ArmRelayTimer(c);
        if (c.Options.ProxyProtocol.Send != ProxyProtocolVersion.None)
        {
            SendHeader(c);
        }

        if (c.Up.Readable || c.Down.Readable)
        {
            Relay(c);
        }

        return true;
    }

    private void ReturnSession(Connection c)
    {
        if (_sessions.Count < MaxIdleSessions)
        {
            _sessions.Push(c.Dial!);
        }

        c.Dial = null;
    }
}
