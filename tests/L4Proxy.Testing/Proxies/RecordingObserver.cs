using System.Collections.Concurrent;
using System.Threading.Channels;
using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.Testing.Proxies;

/// <summary>Keeps the end of every connection, in order.</summary>
public sealed class RecordingObserver : IConnectionObserver
{
    private readonly ConcurrentQueue<ConnectionEnd> _all = new();
    private readonly Channel<ConnectionEnd> _unseen = Channel.CreateUnbounded<ConnectionEnd>();

    public bool IsEnabled => true;

    public int Count => _all.Count;

    public IReadOnlyCollection<ConnectionEnd> All => _all;

    public void Ended(in ConnectionEnd end)
    {
        _all.Enqueue(end);
        _unseen.Writer.TryWrite(end);
    }

    /// <summary>The next end that no earlier call returned.</summary>
    public Task<ConnectionEnd> NextAsync(TimeSpan? limit = null) => _unseen.Reader.ReadAsync().AsTask().Within(limit);
}
