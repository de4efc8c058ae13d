using System.Threading.Channels;

namespace L4Proxy.ControlPlane.Sync;

/// <summary>
/// Makes one signal out of many: it comes when no further one has arrived for the quiet time, and at the latest the
/// maximum delay after the first. Any thread may signal; one waits.
/// </summary>
public sealed class Coalescer : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _quiet;
    private readonly TimeSpan _maxDelay;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly Channel<bool> _due =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long _first;
    private bool _pending;
    private bool _disposed;

    /// <summary>Nothing is signalled at the start.</summary>
    /// <param name="time">Clock of both times.</param>
    /// <param name="quiet">Silence that ends a burst.</param>
    /// <param name="maxDelay">Longest wait when there is no silence; at least <paramref name="quiet"/>.</param>
    public Coalescer(TimeProvider time, TimeSpan quiet, TimeSpan maxDelay)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxDelay, quiet);
        _time = time;
        _quiet = quiet;
        _maxDelay = maxDelay;
        _timer = time.CreateTimer(static self => ((Coalescer)self!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Something happened.</summary>
    public void Signal()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            if (!_pending)
            {
                _pending = true;
                _first = _time.GetTimestamp();
            }

            TimeSpan left = _maxDelay - _time.GetElapsedTime(_first);
            TimeSpan wait = left < _quiet ? left : _quiet;
            _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Something happened that is not to wait.</summary>
    public void SignalNow() => Fire();

    /// <summary>Completes when a burst is over; at once when one ended since the last call.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellation) => _due.Reader.ReadAsync(cancellation);

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        _timer.Dispose();
    }

    private void Fire()
    {
        lock (_gate)
        {
            _pending = false;
        }

        _due.Writer.TryWrite(true);
    }
}
