using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Kubernetes;
using L4Proxy.ControlPlane.Sync;
using L4Proxy.Testing;
using L4Proxy.Testing.Time;
using L4Proxy.Tests.Kubernetes.Watching;
using L4Proxy.Tests.Translation;

namespace L4Proxy.Tests.Kubernetes;

/// <summary>A source that runs against a scripted server in virtual time.</summary>
internal sealed class SourceFixture : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly KubernetesSource _source;
    private readonly IAsyncEnumerator<SourceSnapshot> _snapshots;
    private readonly Dictionary<string, ScriptedRequest> _requests = [];
    private Task<bool> _moving = Task.FromResult(true);

    public SourceFixture(KubernetesSourceOptions options)
    {
        _source = new KubernetesSource(Api, options, new FakeHost(), Time, Logger, Observer);
        _snapshots = _source.WatchAsync(_stop.Token).GetAsyncEnumerator();
    }

    public ScriptedApi Api { get; } = new();

    public ManualTimeProvider Time { get; } = new();

    public ListLogger<KubernetesSource> Logger { get; } = new();

    public CountingObserver Observer { get; } = new();

    /// <summary>The next snapshot; one call at a time.</summary>
    public Task<SourceSnapshot> NextAsync()
    {
        _moving = _snapshots.MoveNextAsync().AsTask();
        return Current(_moving);
    }

    /// <summary>Lets a little time go by until a snapshot is there.</summary>
    public async Task<SourceSnapshot> DueAsync(Task<SourceSnapshot> next)
    {
        await Eventually.True(() =>
        {
            Time.Advance(TimeSpan.FromMilliseconds(1));
            return next.IsCompleted;
        });
        return await next;
    }

    /// <summary>The first request for a resource, such as <c>services</c>.</summary>
    public async Task<ScriptedRequest> RequestAsync(string resource)
    {
        while (!_requests.ContainsKey(resource))
        {
            ScriptedRequest request = await Api.NextAsync();
            _requests.Add(request.Path.Split('/')[^1], request);
        }

        return _requests[resource];
    }

    /// <summary>Answers the watch-list of a resource, and leaves the watch open.</summary>
    public async Task<ScriptedRequest> ListAsync(string resource, int version, params string[] items)
    {
        ScriptedRequest watch = (await RequestAsync(resource)).Open();
        await watch.SendAsync([.. items.Select(i => ApiJson.Event("ADDED", i)), ApiJson.InitialEnd(version)]);
        return watch;
    }

    /// <summary>One Service with one endpoint is in force; returns the watch of slices.</summary>
    public async Task<ScriptedRequest> StartAsync()
    {
        Task<SourceSnapshot> first = NextAsync();
        await ListAsync("services", 10, ApiJson.Service("web", 5));
        ScriptedRequest slices = await ListAsync("endpointslices", 10, ApiJson.Slice("web-1", "web", 6, ["10.0.0.1"]));
        await Eventually.True(() => Observer.QueuedCount == 2);
        await DueAsync(first);
        return slices;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _moving.Within();
        }
        catch (OperationCanceledException)
        {
            // That is how a source ends.
        }

        await _snapshots.DisposeAsync();
        await _source.DisposeAsync();
        _stop.Dispose();
    }

    private async Task<SourceSnapshot> Current(Task moving)
    {
        await moving;
        return _snapshots.Current;
    }

    internal sealed class CountingObserver : ISyncObserver
    {
        private int _queued;
        private int _unchanged;

        public int QueuedCount => Volatile.Read(ref _queued);

        public int UnchangedCount => Volatile.Read(ref _unchanged);

        public void Queued() => Interlocked.Increment(ref _queued);

        public void Unchanged() => Interlocked.Increment(ref _unchanged);
    }
}
