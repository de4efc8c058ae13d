namespace L4Proxy.Testing.Kubernetes;

/// <summary>
/// A server on loopback that speaks HTTP as kube-apiserver 1.36 does for what a proxy reads: Services, EndpointSlices,
/// Nodes, Namespaces and Pods. Tests change the objects, and make it fail in all the ways that networks and servers fail.
/// </summary>
public sealed partial class FakeApiServer : IAsyncDisposable
{
    private readonly ObjectStore _store;
    private readonly RequestLog _log = new();
    private readonly KestrelHost _host;

    private FakeApiServer(FakeApiServerOptions options)
    {
        Options = options;
        _store = new ObjectStore(options.FirstVersion, options.HistoryLimit);
        WatchList = options.WatchList;
        WatchHandler watches = new(_store, options.BookmarkInterval, _log.Pulse);
        RequestPipeline pipeline = new(this, _log, new ListHandler(_store), watches, new WriteHandler(_store), _store);
        Authenticator = new Authenticator(Authority);
        _host = new KestrelHost(options, pipeline.ServeAsync);
        if (options.UsesTls)
        {
            ReplaceCertificate();
        }
    }

    public FakeApiServerOptions Options { get; }

    /// <summary>Where it listens; the same after a restart.</summary>
    public Uri Url => _host.Url;

    /// <summary>How a watch with <c>sendInitialEvents</c> is answered from now on.</summary>
    public WatchListSupport WatchList { get; set; }

    /// <summary>Connections that are open now.</summary>
    public int OpenConnections => _host.OpenConnections;

    /// <summary>Connections accepted since the start.</summary>
    public int AcceptedConnections => _host.AcceptedConnections;

    /// <summary>The requests so far, in the order of arrival.</summary>
    public IReadOnlyList<SeenRequest> Requests => _log.All;

    /// <summary>A server that listens.</summary>
    public static async Task<FakeApiServer> StartAsync(FakeApiServerOptions? options = null)
    {
        FakeApiServer server = new(options ?? new FakeApiServerOptions());
        await server._host.StartAsync();
        return server;
    }

    /// <summary>Stops listening and breaks all connections, as SIGKILL does. New connections are refused.</summary>
    public Task KillAsync() => _host.StopAsync(isGraceful: false);

    /// <summary>Ends all watches cleanly, lets requests end, and stops, as SIGTERM does in the end.</summary>
    public async Task StopAsync()
    {
        EndWatches();
        await _host.StopAsync(isGraceful: true);
    }

    /// <summary>Listens again, on the same port.</summary>
    /// <param name="remembersChanges">
    /// Whether watches can still start from versions before the stop. A real server cannot tell them: its watch cache begins
    /// with what is there when it starts, so that all but the latest version get 410. Another server of the same cluster can.
    /// </param>
    public Task ListenAsync(bool remembersChanges = false)
    {
        if (!remembersChanges)
        {
            _store.ForgetWatchable();
        }

        return _host.StartAsync();
    }

    /// <summary>Kills the server and starts it again with all objects.</summary>
    /// <param name="resetVersions">Number all objects anew, as in a cluster that was built again.</param>
    /// <param name="remembersChanges">As for <see cref="ListenAsync"/>.</param>
    public async Task RestartAsync(bool resetVersions = false, bool remembersChanges = false)
    {
        await KillAsync();
        if (resetVersions)
        {
            _store.ResetVersions();
        }

        await ListenAsync(remembersChanges);
    }

    /// <summary>Forgets the requests so far.</summary>
    public void ClearRequests() => _log.Clear();

    /// <summary>Waits until that many watches of a resource have begun and not ended.</summary>
    public async Task WaitForWatchesAsync(string resource, int count = 1)
    {
        KubeResource wanted = KubeResource.Named(resource);
        await _log.WaitAsync(_ => _store.Watches(wanted).Count >= count ? this : null)
            .Within(what: $"{count} watches of {resource}, there are {_store.Watches(wanted).Count}");
    }

    /// <summary>Waits for a request, those before the call included.</summary>
    public Task<SeenRequest> WaitForRequestAsync(Func<SeenRequest, bool> predicate) =>
        _log.WaitAsync(all => all.FirstOrDefault(predicate)).Within(what: "a request");

    /// <summary>Waits until there have been that many such requests.</summary>
    public Task<IReadOnlyList<SeenRequest>> WaitForRequestsAsync(Func<SeenRequest, bool> predicate, int count) =>
        _log.WaitAsync<IReadOnlyList<SeenRequest>>(all => all.Where(predicate).ToArray() is var found && found.Length >= count ? found : null)
            .Within(what: $"{count} requests");

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        Authority.Dispose();
    }
}
