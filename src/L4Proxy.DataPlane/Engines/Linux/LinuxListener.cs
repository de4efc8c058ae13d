using System.Net;
using System.Runtime.InteropServices;
using L4Proxy.DataPlane.Engines.Linux.Interop;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>
/// One address of one Service port. Either a socket for each event loop, all bound with SO_REUSEPORT (socket(7)), so
/// that the kernel spreads clients over the loops and none waits for another's lock; or, where there are so many
/// listeners that this would use up the descriptors, one socket that all loops wait for with EPOLLEXCLUSIVE
/// (epoll_ctl(2)), so that a client wakes one of them.
/// </summary>
internal sealed class LinuxListener : IEngineListener
{
    private readonly LinuxEngine _engine;
    private readonly ListenerSocket[] _sockets;
    private readonly bool[] _paused;
    private volatile bool _open;

    public LinuxListener(LinuxEngine engine, FrontendState frontend, int[] fds, IPEndPoint localEndPoint)
    {
        _engine = engine;
        _sockets = Array.ConvertAll(fds, fd => new ListenerSocket(fd));
        _paused = new bool[engine.Loops.Length];
        Frontend = frontend;
        LocalEndPoint = localEndPoint;
    }

    public IPEndPoint LocalEndPoint { get; }

    public FrontendState Frontend { get; }

    /// <summary>What epoll returns for it, on every loop.</summary>
    public EventKey Key { get; set; }

    /// <summary>Whether all loops wait for one socket.</summary>
    public bool IsShared => _sockets.Length < _engine.Loops.Length;

    /// <summary>Whether clients are to be accepted.</summary>
    public bool IsOpen => _open;

    public int Descriptors => _sockets.Length;

    public ListenerSocket SocketFor(int loop) => _sockets[IsShared ? 0 : loop];

    /// <summary>Whether a loop has paused accepting here. Called on that loop.</summary>
    public bool IsPaused(int loop) => _paused[loop];

    /// <summary>Notes whether a loop has paused accepting here; false when that is no change. Called on that loop.</summary>
    public bool SetPaused(int loop, bool paused)
    {
        bool changed = _paused[loop] != paused;
        _paused[loop] = paused;
        return changed;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// shutdown(2) takes a listening socket back to merely bound: the kernel refuses clients, and the port stays
    /// ours. epoll is told first, because a stopped listener would report EPOLLHUP for ever.
    /// </remarks>
    public void SetOpen(bool open)
    {
        if (_open == open)
        {
            return;
        }

        _open = open;
        if (open)
        {
            Open();
        }
        else
        {
            Stop();
        }
    }

    public ValueTask CloseAsync()
    {
        SetOpen(false);
        _engine.Forget(this);

        // A loop may be about to accept: the number of a descriptor that is closed too early could be another's by then.
        TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int left = _engine.Loops.Length;
        foreach (EventLoop loop in _engine.Loops)
        {
            if (!loop.Post(Leave))
            {
                Leave(loop);
            }
        }

        return new ValueTask(closed.Task);

        void Leave(EventLoop loop)
        {
            loop.Forget(this);
            if (Interlocked.Decrement(ref left) == 0)
            {
                Array.ForEach(_sockets, s => LinuxFd.Close(s.Fd));
                _engine.Limits.AddListenerDescriptors(-Descriptors);
                closed.SetResult();
            }
        }
    }

    private void Open()
    {
        foreach (ListenerSocket socket in _sockets)
        {
            LinuxSockets.SetShared(socket.Fd, shared: true);
            if (Libc.Listen(socket.Fd, _engine.Options.Backlog) < 0)
            {
                Fail();
            }
        }

        // Where the socket is shared, the loop that came first gets the first client: each listener begins with another.
        int loops = _engine.Loops.Length;
        for (int i = 0; i < loops; i++)
        {
            if (!_engine.Loops[(Key.Index + i) % loops].Watch(this))
            {
                Fail();
            }
        }
    }

    private void Fail()
    {
        int errno = Marshal.GetLastPInvokeError();
        SetOpen(false);
        throw LinuxSockets.ListenError(LocalEndPoint, errno);
    }

    private void Stop()
    {
        foreach (EventLoop loop in _engine.Loops)
        {
            loop.Unwatch(this);
        }

        foreach (ListenerSocket socket in _sockets)
        {
            _ = Libc.Shutdown(socket.Fd, Kernel.SHUT_RD);
            LinuxSockets.SetShared(socket.Fd, shared: false);
        }
    }
}
