using System.Threading.Tasks.Sources;

namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>
/// Wakes one waiter, by a call or by time. A call without a waiter is kept for the next wait. The waiter goes on
/// on the thread that wakes it, and may be woken without cause: it looks again at what it waits for.
/// </summary>
internal sealed class WakeSignal : IValueTaskSource, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Timer _timer;
    private ManualResetValueTaskSourceCore<bool> _core;
    private bool _set;
    private bool _waiting;

    public WakeSignal() => _timer = new Timer(static s => ((WakeSignal)s!).Set(), this, Timeout.Infinite, Timeout.Infinite);

    public void Set()
    {
        lock (_gate)
        {
            if (!_waiting)
            {
                _set = true;
                return;
            }

            _waiting = false;
        }

        _core.SetResult(true);
    }

    /// <summary>Waits for <see cref="Set"/>, at most this long.</summary>
    public ValueTask WaitAsync(long milliseconds)
    {
        short version;
        lock (_gate)
        {
            if (_set)
            {
                _set = false;
                return ValueTask.CompletedTask;
            }

            _core.Reset();
            version = _core.Version;
            _waiting = true;
        }

        _timer.Change(milliseconds, Timeout.Infinite);
        return new ValueTask(this, version);
    }

    public void Dispose() => _timer.Dispose();

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
