using System.Diagnostics.CodeAnalysis;
using L4Proxy.DataPlane.Engines.Linux.Interop;

namespace L4Proxy.Loadbench.Backends;

/// <summary>One thread of a backend: accepts beside the other threads, and owns what it accepted.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The loop's thread frees what it owns when it ends.")]
internal sealed partial class BackendLoop
{
    private const int MaxEvents = 512;

    /// <summary>Calls of recv or send in a row for one connection before others have their turn.</summary>
    private const int CallsPerTurn = 16;

    /// <summary>Connections accepted in a row.</summary>
    private const int AcceptsPerTurn = 16;

    /// <summary>As much as is read at once, and written at once of heads and small bodies.</summary>
    private const int BufferSize = 64 * 1024;

    /// <summary>How long the end may go unnoticed.</summary>
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMilliseconds(100);

    /// <summary>Without descriptors a listener stays ready, and the loop would spin.</summary>
    private static readonly TimeSpan s_exhausted = TimeSpan.FromMilliseconds(10);

    private readonly EpollSet _epoll = new(MaxEvents);
    private readonly int[] _listeners;
    private readonly List<BackendConnection> _connections = [];
    private readonly Stack<int> _free = new();
    private readonly Queue<int> _ready = new();
    private readonly byte[] _in = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);
    private readonly byte[] _out = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);
    private readonly Thread _thread;
    private volatile bool _stopping;
    private int _outCount;

    public BackendLoop(int[] listeners)
    {
        _listeners = listeners;
        for (int i = 0; i < listeners.Length; i++)
        {
            if (!_epoll.Add(listeners[i], Kernel.EPOLLIN | Kernel.EPOLLEXCLUSIVE, ListenerKey(i)))
            {
                throw LinuxFd.Error("epoll_ctl");
            }
        }

        _thread = new Thread(Run) { Name = "backend", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Ends the thread, and closes what it accepted.</summary>
    public void Stop()
    {
        _stopping = true;
        _thread.Join();
    }

    private static ulong ListenerKey(int index) => ((ulong)uint.MaxValue << 32) | (uint)index;

    private static ulong KeyOf(int index, BackendConnection c) => ((ulong)c.Generation << 32) | (uint)index;

    private void Run()
    {
        while (!_stopping)
        {
            int count = _ready.Count > 0 ? _epoll.Wait(0) : _epoll.Wait((int)s_longestWait.TotalMilliseconds);
            for (int i = 0; i < count; i++)
            {
                Dispatch((int)(uint)_epoll.DataAt(i), (uint)(_epoll.DataAt(i) >> 32), _epoll.EventsAt(i));
            }

            for (int left = _ready.Count; left > 0; left--)
            {
                int index = _ready.Dequeue();
                _connections[index].IsReady = false;
                if (_connections[index].Fd >= 0)
                {
                    Serve(index, Kernel.EPOLLIN | Kernel.EPOLLOUT);
                }
            }
        }

        for (int i = 0; i < _connections.Count; i++)
        {
            Close(i);
        }

        _epoll.Dispose();
    }

    private void Dispatch(int index, uint generation, uint events)
    {
        if (generation == uint.MaxValue)
        {
            Accept(_listeners[index]);
        }
        else if (_connections[index] is { Fd: >= 0 } c && c.Generation == generation)
        {
            Serve(index, events);
        }
    }

    private void Accept(int listener)
    {
        for (int i = 0; i < AcceptsPerTurn; i++)
        {
            int fd = LinuxTcp.Accept(listener);
            if (fd < 0)
            {
                if (Errno.IsExhaustion(-fd))
                {
                    Thread.Sleep(s_exhausted);
                }

                return;
            }

            if (!_free.TryPop(out int index))
            {
                index = _connections.Count;
                _connections.Add(new BackendConnection());
            }

            BackendConnection c = _connections[index];
            c.Fd = fd;
            if (!_epoll.Add(fd, Kernel.EPOLLIN | Kernel.EPOLLOUT | Kernel.EPOLLRDHUP | Kernel.EPOLLET, KeyOf(index, c)))
            {
                Close(index);
            }
        }
    }

    private void Close(int index)
    {
        BackendConnection c = _connections[index];
        if (c.Fd >= 0)
        {
            LinuxFd.Close(c.Fd);
            c.Reset();
            _free.Push(index);
        }
    }

    private void GiveAnotherTurn(int index)
    {
        if (!_connections[index].IsReady)
        {
            _connections[index].IsReady = true;
            _ready.Enqueue(index);
        }
    }
}
