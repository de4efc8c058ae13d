using Microsoft.AspNetCore.Http;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>Serves watches: one event a line, until the time is over or somebody ends it.</summary>
/// <param name="store">What is watched.</param>
/// <param name="bookmarkInterval">Time between bookmarks of a quiet watch.</param>
/// <param name="changed">Called when a watch begins or has ended.</param>
internal sealed class WatchHandler(ObjectStore store, TimeSpan bookmarkInterval, Action changed)
{
    /// <summary>The API server sends bookmarks this long before it ends a watch, and again each second.</summary>
    private static readonly TimeSpan s_lastBookmarks = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    public async Task ServeAsync(HttpContext context, KubeResource resource, ListOptions options)
    {
        long? from = options.SendsInitialEvents ? null : options.Version is null or 0 ? store.Version : options.Version;
        HttpResponse response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/json";
        WatchSubscription watch;
        try
        {
            watch = store.Watch(resource, from, options.Filter);
        }
        catch (ApiException e)
        {
            await response.Body.WriteAsync(StoreEvent.Line("ERROR", e.ToStatus()), context.RequestAborted);
            return;
        }

        try
        {
            changed();
            await ServeAsync(context, watch, options);
        }
        finally
        {
            store.End(watch);
            changed();
        }
    }

    private async Task ServeAsync(HttpContext context, WatchSubscription watch, ListOptions options)
    {
        Stream body = context.Response.Body;
        CancellationToken aborted = context.RequestAborted;
        await body.FlushAsync(aborted);
        foreach (StoredObject o in watch.Initial)
        {
            await body.WriteAsync(StoreEvent.Line("ADDED", o), aborted);
        }

        if (options is { SendsInitialEvents: true, MarksInitialEvents: true, AllowsBookmarks: true })
        {
            await body.WriteAsync(Bookmark(watch.Resource, watch.From, isEndOfInitial: true), aborted);
        }

        using Timer end = new(_ => watch.PostEnd(), null, options.Timeout, Timeout.InfiniteTimeSpan);
        using Timer? regular = Bookmarks(watch, options, bookmarkInterval, bookmarkInterval);
        using Timer? last = Bookmarks(watch, options, options.Timeout - s_lastBookmarks, s_second);
        await foreach (WatchItem item in watch.Items.ReadAllAsync(aborted))
        {
            if (item.End is { } fault)
            {
                await FaultyBody.EndAsync(context, fault);
            }

            byte[]? line = item switch
            {
                { Change: { } change } => change.LineFor(watch.Filter),
                { BookmarkVersion: { } version } => Bookmark(watch.Resource, version, isEndOfInitial: false),
                _ => item.Raw,
            };
            if (line is not null)
            {
                await body.WriteAsync(line, aborted);
            }
        }
    }

    private Timer? Bookmarks(WatchSubscription watch, ListOptions options, TimeSpan first, TimeSpan period) =>
        options.AllowsBookmarks && first > TimeSpan.Zero ? new Timer(_ => store.PostBookmark(watch), null, first, period) : null;

    private static byte[] Bookmark(KubeResource resource, long version, bool isEndOfInitial)
    {
        string annotations = isEndOfInitial ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "";
        string fields = $"\"metadata\":{{\"resourceVersion\":\"{version}\"{annotations}}}{resource.EmptyFields}}}";
        return StoreEvent.Line("BOOKMARK", Bytes.Join(StoredObject.Prefix(resource), Bytes.Of(fields)));
    }
}
