namespace L4Proxy.ControlPlane;

/// <summary>Where the table comes from.</summary>
public interface ITableSource : IAsyncDisposable
{
    /// <summary>
    /// The first item is the first complete state; each further one replaces it. Changes are coalesced. Ends
    /// only by cancellation.
    /// </summary>
    IAsyncEnumerable<SourceSnapshot> WatchAsync(CancellationToken cancellation);

    /// <summary>Reads everything again at once (SIGHUP). Returns immediately; the result comes through the watch.</summary>
    void RequestReload();
}
