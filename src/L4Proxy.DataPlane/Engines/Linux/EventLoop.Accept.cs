using System.Runtime.InteropServices;
using L4Proxy.DataPlane.Engines.Linux.Interop;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>Accepting clients, and refusing those who cannot be served.</summary>
internal sealed unsafe partial class EventLoop
{
    /// <summary>Clients accepted before other events have their turn; the listener stays ready, so none is forgotten.</summary>
    private const int AcceptBatch = 16;

    /// <summary>How soon a full Service or proxy is looked at again when no connection of this loop ends, in milliseconds.</summary>
    private const int FullRetryMs = 10;

    /// <summary>How soon accept(2) is tried again when descriptors have run out, in milliseconds.</summary>
    private const int ExhaustedRetryMs = 50;

    /// <summary>
    /// How long clients wait for a descriptor before they are refused, in milliseconds: long enough for a burst
    /// to pass, short enough that a client does not hang.
    /// </summary>
    private const int ExhaustedPatienceMs = 1000;

    /// <summary>At most one line about missing descriptors, and one about a limit, in this time, in milliseconds.</summary>
    private const int PauseLogMs = 10_000;

    private int _spareFd;
    private long _exhaustedSinceMs;
    private long _pauseLoggedMs = long.MinValue / 2;
    private long _limitLoggedMs = long.MinValue / 2;

    /// <summary>Takes clients over until none waits, none may come, or others have to have their turn; whether there was any.</summary>
    private bool Accept(LinuxListener listener)
    {
        if (_exhaustedSinceMs != 0 && !DescriptorReserve.IsUntouched())
        {
            OnExhausted(listener);
            return false;
        }

        byte* address = stackalloc byte[Kernel.SockAddrSize];
        ListenerSocket socket = listener.SocketFor(Id);
        uint version = socket.Version;
        for (int i = 0; i < AcceptBatch; i++)
        {
            // Where a full Service resets, its places are for clients that are there: one held meanwhile for a client
            // that may not come would have another loop reset its own.
            ServiceState service = listener.Frontend.Service;
            bool resets = listener.Frontend.ResetsOverflow;
            if (!(resets ? _engine.Limits.TryEnterProxy() : _engine.Limits.TryEnter(service)))
            {
                LogLimit(listener);
                Pause(listener, FullRetryMs);
                return i > 0;
            }

            uint length = Kernel.SockAddrSize;
            int fd = Libc.Accept4(socket.Fd, address, &length, Kernel.SOCK_NONBLOCK | Kernel.SOCK_CLOEXEC);
            if (fd < 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                GiveBack(service, resets);
                if (!OnAcceptError(listener, version, errno))
                {
                    return i > 0;
                }
            }
            else if (!Welcome(listener, fd, LinuxFd.ReadAddress(address), resets))
            {
                return i > 0;
            }
        }

        return true;
    }

    /// <summary>Serves or resets a client that was accepted; whether accepting may go on.</summary>
    private bool Welcome(LinuxListener listener, int fd, ClientAddress client, bool resets)
    {
        ClientAddress destination = default;
        FrontendState? frontend = listener.Frontend;
        if (frontend.Captured is { } captured)
        {
            destination = LinuxFd.OriginalDestination(fd, client.IsIPv4);
            frontend = captured.Find(destination);
        }

        ServiceState service = (frontend ?? listener.Frontend).Service;
        ServiceOptions options = service.Entry.Options;
        EndpointScope scope = default;
        CloseReason refusal = DescriptorReserve.Holds(fd) ? CloseReason.ResourceExhausted
            : frontend is null ? CloseReason.NoService
            : frontend.AdmitPeer(client, options.ProxyProtocol, out scope);
        if (refusal == CloseReason.None && resets && !ConnectionLimits.TryEnterService(service))
        {
            refusal = CloseReason.LimitReached;
        }

        if (refusal == CloseReason.None)
        {
            _exhaustedSinceMs = 0;
            Begin(listener, frontend!, options, scope, fd, client, destination);
            return true;
        }

        GiveBack(service, resets);
        Refuse(service, fd, client, destination, refusal);
        if (refusal == CloseReason.ResourceExhausted)
        {
            _engine.Counters.CountRefusedWhileExhausted();
            OnExhausted(listener);
            return false;
        }

        return true;
    }

    /// <summary>Gives back the place that was taken for a client before it was accepted.</summary>
    private void GiveBack(ServiceState service, bool resets)
    {
        if (resets)
        {
            _engine.Limits.LeaveProxy();
        }
        else
        {
            _engine.Limits.Leave(service);
        }
    }

    /// <summary>Whether accepting may go on after accept(2) failed.</summary>
    private bool OnAcceptError(LinuxListener listener, uint version, int errno)
    {
        if (errno is Errno.EAGAIN or Errno.EINVAL)
        {
            // EINVAL: the listener was stopped on another thread a moment ago, which emptied its backlog too.
            listener.SocketFor(Id).NoteEmpty(version);
            return false;
        }

        if (Errno.IsExhaustion(errno))
        {
            OnExhausted(listener);
            return false;
        }

        // accept(2): errors of the connection itself, which are to be treated like EAGAIN by retrying.
        _engine.Counters.CountAcceptError();
        return true;
    }

    private void OnExhausted(LinuxListener listener)
    {
        if (_exhaustedSinceMs == 0)
        {
            _exhaustedSinceMs = _nowMs;
            LogPause();
        }
        else if (_nowMs - _exhaustedSinceMs >= ExhaustedPatienceMs)
        {
            RefuseWithSpare(listener);
        }

        Pause(listener, ExhaustedRetryMs);
    }

    private void LogPause()
    {
        if (_nowMs - _pauseLoggedMs >= PauseLogMs)
        {
            _pauseLoggedMs = _nowMs;
            LinuxLog.AcceptPaused(_log, Id);
        }
    }

    private void LogLimit(LinuxListener listener)
    {
        if (_nowMs - _limitLoggedMs >= PauseLogMs)
        {
            _limitLoggedMs = _nowMs;
            LinuxLog.LimitReached(_log, listener.Frontend.Service.Key, listener.LocalEndPoint);
        }
    }

    /// <summary>Gives the spare descriptor up to accept those who wait, one after the other, and resets them.</summary>
    private void RefuseWithSpare(LinuxListener listener)
    {
        byte* address = stackalloc byte[Kernel.SockAddrSize];
        for (int i = 0; i < AcceptBatch && _spareFd >= 0; i++)
        {
            LinuxFd.Close(_spareFd);
            uint length = Kernel.SockAddrSize;
            int fd = Libc.Accept4(listener.SocketFor(Id).Fd, address, &length, Kernel.SOCK_NONBLOCK | Kernel.SOCK_CLOEXEC);
            if (fd >= 0)
            {
                Refuse(listener.Frontend.Service, fd, LinuxFd.ReadAddress(address), destination: default, CloseReason.ResourceExhausted);
                _engine.Counters.CountRefusedWhileExhausted();
            }

            _spareFd = LinuxFd.OpenSpare();
            if (fd < 0)
            {
                return;
            }
        }
    }

    /// <summary>Resets a client that was accepted and has no place, or no business here.</summary>
    private void Refuse(ServiceState service, int fd, ClientAddress client, ClientAddress destination, CloseReason reason)
    {
        LinuxFd.Reset(fd);
        TrafficCounters counters = service.CountersFor(Id);
        counters.Accept();
        counters.Close(reason, 0);
        if (_engine.Observer is { IsEnabled: true } observer)
        {
            observer.Ended(new ConnectionEnd
            {
                Client = client,
                Destination = destination,
                Service = service,
                Reason = reason,
                Duration = TimeSpan.Zero,
            });
        }
    }

    /// <summary>Takes over a client that has been accepted and starts to look for an endpoint, or waits for its header first.</summary>
    private void Begin(
        LinuxListener listener, FrontendState frontend, ServiceOptions options, EndpointScope scope, int fd, ClientAddress client, ClientAddress destination)
    {
        Connection c = Rent();
        c.ClientFd = fd;
        c.Client = client;
        c.Destination = destination;
        c.Service = frontend.Service;
        c.Options = options;
        c.Counters = c.Service.CountersFor(Id);
        c.Counters.Accept();
        c.AcceptedAt = System.Diagnostics.Stopwatch.GetTimestamp();
        c.AcceptedMs = _nowMs;
        c.ActivityMs = _nowMs;
        c.Up.Writable = true;
        c.Down.Writable = true;
        listener.SocketFor(Id).ApplyOptions(fd, c.Options.Tcp, listener.Frontend.Service.Entry.Options.Tcp);
        if (!_epoll.Add(fd, RelayEvents, new EventKey(EventRole.Client, c.Index, c.Generation).Value))
        {
            Finish(c, CloseReason.ResourceExhausted);
            return;
        }

        if (options.ProxyProtocol.Accept)
        {
            AwaitHeader(c, frontend);
        }
        else
        {
            BeginDial(c, scope);
        }
    }
}
