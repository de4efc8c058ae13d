using System.Threading.Channels;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>What one watch still has to be told. The store writes, the request that serves the watch reads.</summary>
internal sealed class WatchSubscription(KubeResource resource, ObjectFilter filter, long from)
{
    private readonly Channel<WatchItem> _items =
        Channel.CreateUnbounded<WatchItem>(new UnboundedChannelOptions { SingleReader = true });

    public KubeResource Resource { get; } = resource;

    public ObjectFilter Filter { get; } = filter;

    /// <summary>Only later changes are told.</summary>
    public long From { get; } = from;

    /// <summary>The objects to tell first.</summary>
    public IReadOnlyList<StoredObject> Initial { get; init; } = [];

    public ChannelReader<WatchItem> Items => _items.Reader;

    public void Post(StoreEvent change)
    {
        // A version that has not been reached: silence until it is.
        if (change.Version > From)
        {
            _items.Writer.TryWrite(new WatchItem(Change: change));
        }
    }

    public void PostBookmark(long version) => _items.Writer.TryWrite(new WatchItem(BookmarkVersion: version));

    /// <summary>Sends bytes as they are, after everything posted so far.</summary>
    public void PostRaw(byte[] bytes) => _items.Writer.TryWrite(new WatchItem(Raw: bytes));

    /// <summary>Ends the connection, after everything posted so far.</summary>
    public void PostEnd(FaultEnd end) => _items.Writer.TryWrite(new WatchItem(End: end));

    /// <summary>Ends the watch cleanly, after everything posted so far.</summary>
    public void PostEnd() => _items.Writer.TryComplete();
}
