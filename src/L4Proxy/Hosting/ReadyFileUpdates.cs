using L4Proxy.DataPlane;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Hosting;

/// <summary>Keeps the ready file true while listeners come and go: a moment after a change, and not more often than once in that time.</summary>
internal sealed class ReadyFileUpdates : IAsyncDisposable
{
    // Who waits for a new Service looks a few times a second; ten thousand lines take milliseconds to write.
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(250);

    private readonly ReadyFile _file;
    private readonly Func<IEnumerable<string>> _lines;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private bool _started;
    private int _due;

    /// <param name="file">The file.</param>
    /// <param name="lines">What it has to say now; asked on a background thread.</param>
    /// <param name="time">Clock of the delay.</param>
    /// <param name="logger">Told when the file cannot be written.</param>
    public ReadyFileUpdates(ReadyFile file, Func<IEnumerable<string>> lines, TimeProvider time, ILogger logger)
    {
        _file = file;
        _lines = lines;
        _logger = logger;
        _timer = time.CreateTimer(_ => Write(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The file was written for the first time.</summary>
    public void Start() => _started = _file.IsUsed;

    /// <summary>A table was put in force. A listener that failed may recover at any time, which shows at the next table.</summary>
    public void Follow(ApplyResult result)
    {
        bool changed = !result.Changed.IsEmpty || !result.Gone.IsEmpty;
        if (_started && changed && Interlocked.Exchange(ref _due, 1) == 0)
        {
            _timer.Change(s_delay, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Writes no more.</summary>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Write()
    {
        Volatile.Write(ref _due, 0);
        try
        {
            _file.Write(_lines());
        }
        catch (IOException e)
        {
            HostLog.ReadyFileOutdated(_logger, e.Message);
        }
    }
}
