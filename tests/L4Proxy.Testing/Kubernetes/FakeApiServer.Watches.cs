namespace L4Proxy.Testing.Kubernetes;

/// <summary>What happens to running watches; requests to come are the matter of <see cref="Fault"/>.</summary>
public sealed partial class FakeApiServer
{
    /// <summary>Watches that run now.</summary>
    /// <param name="resource">Null for all.</param>
    public int CountWatches(string? resource = null) => _store.Watches(Find(resource)).Count;

    /// <summary>Ends watches cleanly, after what they still have to say.</summary>
    public void EndWatches(string? resource = null) => ForEach(resource, w => w.PostEnd());

    /// <summary>Breaks the connections of watches with a RST, after what they still have to say.</summary>
    public void CutWatches(string? resource = null) => ForEach(resource, w => w.PostEnd(FaultEnd.Reset));

    /// <summary>Closes the connections of watches with a FIN in the middle of the body, after what they still have to say.</summary>
    public void CloseWatches(string? resource = null) => ForEach(resource, w => w.PostEnd(FaultEnd.Close));

    /// <summary>Leaves watches open and silent, after what they still have to say.</summary>
    public void StallWatches(string? resource = null) => ForEach(resource, w => w.PostEnd(FaultEnd.Stall));

    /// <summary>Tells watches that their version is too old, and ends them.</summary>
    public void ExpireWatches(string? resource = null) => ForEach(
        resource,
        w =>
        {
            w.PostRaw(StoreEvent.Line("ERROR", ApiException.TooOld(w.From, _store.Version).ToStatus()));
            w.PostEnd();
        });

    /// <summary>Sends a text to watches as it is: half a line, or what is no event at all.</summary>
    public void SendToWatches(string? resource, string text) => ForEach(resource, w => w.PostRaw(Bytes.Of(text)));

    /// <summary>Sends a bookmark to watches, whether they have asked for them or not.</summary>
    public void SendBookmarks(string? resource = null) => ForEach(resource, _store.PostBookmark);

    private static KubeResource? Find(string? resource) => resource is null ? null : KubeResource.Named(resource);

    private void ForEach(string? resource, Action<WatchSubscription> action)
    {
        foreach (WatchSubscription watch in _store.Watches(Find(resource)))
        {
            action(watch);
        }
    }
}
