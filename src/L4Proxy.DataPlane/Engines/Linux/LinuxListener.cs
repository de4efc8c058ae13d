using System.Net;
using System.Runtime.InteropServices;
using L4Proxy.DataPlane.Engines.Linux.Interop;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>
/// One address of one Service port: a socket for each event loop, all bound with SO_REUSEPORT (socket(7)), so
/// that the kernel spreads clients over the loops and none waits for another's lock.
/// </summary>
internal sealed class LinuxListener : IEngineListener
{
    private readonly LinuxEngine _engine;
    private readonly int[] _fds;
    private readonly bool[] _paused;
    private readonly TcpOptions?[] _applied;
    private readonly bool[] _inherited;
    private bool _open;

    public LinuxListener(LinuxEngine engine, ServiceState service, int[] fds, IPEndPoint localEndPoint)
    {
        _engine = engine;
        _fds = fds;
        _paused = new bool[fds.Length];
        _applied = new TcpOptions?[fds.Length];
        _inherited = new bool[fds.Length];
        Service = service;
        LocalEndPoint = localEndPoint;
    }

    public IPEndPoint LocalEndPoint { get; }

    public ServiceState Service { get; }

    /// <summary>What epoll returns for it, on every loop.</summary>
    public EventKey Key { get; set; }

    public int FdFor(int loop) => _fds[loop];

    /// <summary>Notes whether a loop has paused accepting here; false when that is no change. Called on that loop.</summary>
    public bool SetPaused(int loop, bool paused)
    {
        bool changed = _paused[loop] != paused;
        _paused[loop] = paused;
        return changed;
    }

    /// <summary>
    /// Brings socket options up to date. They are set on the listening socket, which hands them on at the handshake:
    /// after a change the clients that had theirs before it are set one by one. Called on the loop.
    /// </summary>
    public void ApplyOptions(int loop, int clientFd, TcpOptions options)
    {
        if (!ReferenceEquals(_applied[loop], options))
        {
            if (options != _applied[loop])
            {
                _inherited[loop] = false;
                LinuxFd.ClearOptions(_fds[loop]);
                LinuxFd.Apply(_fds[loop], options);
            }

            _applied[loop] = options;
        }

        if (!_inherited[loop])
        {
            LinuxFd.ClearOptions(clientFd);
            LinuxFd.Apply(clientFd, options);
        }
    }

    /// <summary>Nobody waits in the backlog: whoever comes now inherits the options set last. Called on the loop.</summary>
    public void NoteEmpty(int loop) => _inherited[loop] = _applied[loop] is not null;

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
        for (int i = 0; i < _fds.Length; i++)
        {
            if (open)
            {
                LinuxSockets.SetShared(_fds[i], shared: true);
                if (Libc.Listen(_fds[i], _engine.Options.Backlog) < 0 || !_engine.Loops[i].Watch(this))
                {
                    int errno = Marshal.GetLastPInvokeError();
                    SetOpen(false);
                    throw LinuxSockets.ListenError(LocalEndPoint, errno);
                }
            }
            else
            {
                _engine.Loops[i].Unwatch(this);
                _ = Libc.Shutdown(_fds[i], Kernel.SHUT_RD);
                LinuxSockets.SetShared(_fds[i], shared: false);
            }
        }
    }

    public async ValueTask CloseAsync()
    {
        SetOpen(false);
        _engine.Forget(this);
        foreach (EventLoop loop in _engine.Loops)
        {
            // Only the loop itself may close the descriptor: elsewhere its number could be reused under accept(2).
            TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            bool posted = loop.Post(l =>
            {
                l.CloseListener(this);
                closed.SetResult();
            });
            if (posted)
            {
                await closed.Task;
            }
            else
            {
                loop.CloseListener(this);
            }
        }
    }
}
