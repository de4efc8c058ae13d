using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Kubernetes;
using L4Proxy.ControlPlane.Kubernetes.Access;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.Testing;
using L4Proxy.Testing.Kubernetes;
using L4Proxy.Tests.Kubernetes.Access;
using L4Proxy.Tests.Kubernetes.Watching;
using L4Proxy.Tests.Translation;

namespace L4Proxy.Tests.Kubernetes;

/// <summary>A source that follows the tests' server over real connections, and the last snapshot that it gave.</summary>
internal sealed class FollowedCluster : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly FakeApiServer _server;
    private readonly ApiConnection _api;
    private readonly KubernetesSourceOptions _options;
    private readonly KubernetesSource _source;
    private readonly Task _following;
    private volatile SourceSnapshot? _last;

    public FollowedCluster(FakeApiServer server, KubernetesSourceOptions? options = null, TimeProvider? time = null)
    {
        _server = server;
        _api = new ClusterAccess { Server = server.Url }.Connect();
        _options = options ?? new KubernetesSourceOptions(new TranslationOptions { Listen = ListenMode.ProxyPorts });

        // Waits of a few milliseconds: what comes after them is tested here, not their length.
        _source = new KubernetesSource(
            _api, _options, new FakeHost(), time ?? TimeProvider.System, Logger, null, () => new FixedRandom(0.02));
        _following = Task.Run(FollowAsync);
    }

    public ListLogger<KubernetesSource> Logger { get; } = new();

    public SourceSnapshot? Last => _last;

    /// <summary>The table that a fresh list gives, over a connection of its own: one that is open may be of a server that was killed.</summary>
    public async Task<SourceSnapshot> ListAsync()
    {
        using ApiConnection api = new ClusterAccess { Server = _server.Url }.Connect();
        return await KubernetesSource.LoadOnceAsync(
            api, _options, new FakeHost(), Deadline.Default, TimeProvider.System, CancellationToken.None);
    }

    /// <summary>Waits until what is followed is what a fresh list gives.</summary>
    public async Task ConvergedAsync() => await Eventually.Equal(Describe(await ListAsync()), () => Describe(_last));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following.Within();
        await _source.DisposeAsync();
        _api.Dispose();
        _stop.Dispose();
    }

    private static string Describe(SourceSnapshot? snapshot) => snapshot is null
        ? "nothing"
        : TableText.Render(snapshot.Table) + string.Join('\n', snapshot.Problems.Select(p => p.ToString()).Order(StringComparer.Ordinal));

    private async Task FollowAsync()
    {
        try
        {
            await foreach (SourceSnapshot snapshot in _source.WatchAsync(_stop.Token))
            {
                _last = snapshot;
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // That is how a source ends.
        }
    }
}
