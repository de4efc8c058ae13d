using System.Runtime.InteropServices;
using L4Proxy.DataPlane.Engines.Linux.Interop;

namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>Which listeners the loop waits for, and pausing to accept when there is no room.</summary>
internal sealed partial class EventLoop
{
    private readonly Lock _watchGate = new();
    private readonly List<LinuxListener> _paused = [];
    private readonly PauseTimer _pauseTimer;

    private void Pause(LinuxListener listener, int retryMs)
    {
        if (listener.SetPaused(Id, true))
        {
            _paused.Add(listener);
            _engine.Counters.CountAcceptPause();
        }

        // Even if it is paused already: one that was stopped and opened again meanwhile is watched again.
        SetWatched(listener, watched: false);
        _wheel.Arm(_pauseTimer, _nowMs + retryMs);
    }

    /// <summary>
    /// Listens again at as many listeners as there is room for, those first that have waited longest; level-triggered, so
    /// clients who waited are seen at once. One place among a thousand full listeners is not worth two thousand calls.
    /// </summary>
    internal void ResumeAccepting()
    {
        if (_exhaustedSinceMs != 0 && _spareFd < 0)
        {
            _spareFd = LinuxFd.OpenSpare();
        }

        int room = _engine.Limits.FreePlaces;
        int kept = 0;
        for (int i = 0; i < _paused.Count; i++)
        {
            LinuxListener listener = _paused[i];
            if (room > 0 && _engine.Limits.MayAccept(listener.Frontend.Service))
            {
                room--;
                listener.SetPaused(Id, false);
                SetWatched(listener, watched: true);
            }
            else
            {
                _paused[kept++] = listener;
            }
        }

        _paused.RemoveRange(kept, _paused.Count - kept);
        if (_paused.Count > 0)
        {
            _wheel.Arm(_pauseTimer, _nowMs + FullRetryMs);
        }
    }

    /// <summary>Starts to wait for clients; false when the kernel has no room for it. Called on any thread: epoll_ctl(2) allows it.</summary>
    internal bool Watch(LinuxListener listener)
    {
        lock (_watchGate)
        {
            uint events = listener.IsShared ? Kernel.EPOLLIN | Kernel.EPOLLEXCLUSIVE : Kernel.EPOLLIN;
            return _epoll.Add(listener.SocketFor(Id).Fd, events, listener.Key.Value) || Marshal.GetLastPInvokeError() == Errno.EEXIST;
        }
    }

    /// <summary>Stops to wait for clients. Called on any thread; an event that is under way finds nothing to accept.</summary>
    internal void Unwatch(LinuxListener listener)
    {
        lock (_watchGate)
        {
            _epoll.Remove(listener.SocketFor(Id).Fd);
        }
    }

    /// <summary>
    /// Of the loops that wait for one socket, the kernel wakes the idle one that has waited longest since it was
    /// registered, which would be the same for all clients that come one by one: a loop that got some registers anew.
    /// </summary>
    private void LetOthersAccept(LinuxListener listener)
    {
        if (!listener.IsPaused(Id))
        {
            SetWatched(listener, watched: false);
            SetWatched(listener, watched: true);
        }
    }

    /// <summary>The listener is gone: nothing of this loop refers to its sockets any more.</summary>
    internal void Forget(LinuxListener listener)
    {
        if (listener.SetPaused(Id, false))
        {
            _paused.Remove(listener);
        }
    }

    /// <summary>
    /// Pauses or goes on to wait for clients, if the listener is open. Where all loops wait for one socket, its
    /// registration cannot be modified (EINVAL, epoll_ctl(2)): it is made anew. That must not cross the listener's
    /// stop on another thread, hence the lock, which is this loop's own and taken for nothing else.
    /// </summary>
    private void SetWatched(LinuxListener listener, bool watched)
    {
        if (!listener.IsShared)
        {
            _epoll.Modify(listener.SocketFor(Id).Fd, watched ? Kernel.EPOLLIN : 0, listener.Key.Value);
            return;
        }

        lock (_watchGate)
        {
            if (!watched)
            {
                _epoll.Remove(listener.SocketFor(Id).Fd);
            }
            else if (listener.IsOpen)
            {
                _epoll.Add(listener.SocketFor(Id).Fd, Kernel.EPOLLIN | Kernel.EPOLLEXCLUSIVE, listener.Key.Value);
            }
        }
    }
}
