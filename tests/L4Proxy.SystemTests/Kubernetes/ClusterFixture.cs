using System.Diagnostics;
using L4Proxy.Testing;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Kubernetes;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>An API server over HTTPS, backends for its Services, and the program that follows it by a kubeconfig.</summary>
internal sealed class ClusterFixture : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private L4ProxyProcess? _proxy;

    private ClusterFixture(FakeApiServer api, NamedBackends backends)
    {
        Api = api;
        Backends = backends;
        Kubeconfig = KubeconfigFile.For(api).WriteTo(_folder.PathOf("config"));
    }

    public FakeApiServer Api { get; }

    public NamedBackends Backends { get; }

    /// <summary>Path of the file; tests may write another one.</summary>
    public string Kubeconfig { get; }

    public L4ProxyProcess Proxy => _proxy ?? throw new InvalidOperationException("not started");

    public static async Task<ClusterFixture> CreateAsync(int backends = 4, FakeApiServerOptions? options = null)
    {
        Requires.Linux();
        return new ClusterFixture(await FakeApiServer.StartAsync((options ?? new()) with { UsesTls = true }), NamedBackends.Start(backends));
    }

    /// <summary>A Service whose endpoints are some of the backends.</summary>
    public void Apply(string service, params IEnumerable<int> backends) =>
        Api.Apply(ClusterObjects.ServiceWithSlice(service, Backends.Port, backends.Select(i => Backends.Addresses[i])));

    /// <summary>Other endpoints of a Service.</summary>
    public void Lead(string service, params IEnumerable<int> backends) =>
        Api.Apply(ClusterObjects.Slice(service, Backends.Port, backends.Select(i => Backends.Addresses[i])));

    /// <summary>Starts the program and waits for nothing. It runs without node-level HTTP unless options say otherwise.</summary>
    public L4ProxyProcess Launch(params IReadOnlyList<string> options)
    {
        string[] http = options.Contains("--healthz-bind-address") ? [] : ["--healthz-bind-address", "off"];
        _proxy = L4ProxyProcess.Launch(
            ["run", "--kubeconfig", Kubeconfig, .. http, "--metrics-bind-address", "127.0.0.1:0", .. options]);
        return _proxy;
    }

    /// <summary>Starts the program and waits until it serves.</summary>
    public async Task<L4ProxyProcess> StartAsync(params IReadOnlyList<string> options)
    {
        await Launch(options).WaitUntilReadyAsync();
        return Proxy;
    }

    /// <summary>Every connection that was accepted is closed or open, and the program ends well when it is told to.</summary>
    /// <param name="open">Clients that are still connected; they are closed.</param>
    public async Task EndAsync(params IReadOnlyCollection<TcpPeer> open)
    {
        await CheckConservationAsync(open.Count);
        foreach (TcpPeer client in open)
        {
            client.Dispose();
        }

        await CheckConservationAsync(open: 0);
        Assert.Equal(0, await Proxy.StopAsync());
        Assert.False(Proxy.IsReady);
    }

    public async ValueTask DisposeAsync()
    {
        if (_proxy is not null)
        {
            await _proxy.DisposeAsync();
        }

        await Api.DisposeAsync();
        await Backends.DisposeAsync();
        _folder.Dispose();
    }

    private async Task CheckConservationAsync(int open)
    {
        MetricValues metrics;
        long start = Stopwatch.GetTimestamp();
        do
        {
            metrics = await Proxy.ReadMetricsAsync();
        }
        while ((int)metrics.Sum("l4proxy_connections_active") != open && Stopwatch.GetElapsedTime(start) < Deadline.Default);

        Assert.Equal(open, metrics.Sum("l4proxy_connections_active"));
        Assert.Equal(metrics.Sum("l4proxy_connections_accepted_total"), metrics.Sum("l4proxy_connections_closed_total") + open);
    }
}
