using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Net;
using L4Proxy.Admin;
using L4Proxy.ControlPlane;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Time;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Tests.Admin;

/// <summary>Node endpoints on free ports of loopback, with a clock that the test moves.</summary>
internal sealed class EndpointsHarness : IAsyncDisposable
{
    private readonly ServiceProvider _provider = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public EndpointsHarness(NodeEndpointOptions? options = null, ImmutableArray<ServiceState> services = default)
    {
        ImmutableArray<ServiceState> shown = services.IsDefault ? [] : services;
        _ = new ProxyMetrics(_provider.GetRequiredService<IMeterFactory>(), () => shown, new EngineCounters());
        Endpoints = new NodeEndpoints(
            options ?? LoopbackOptions, _provider.GetRequiredService<IMeterFactory>(), Time, new SingleLoggerFactory(Log));
    }

    public static NodeEndpointOptions LoopbackOptions { get; } = new()
    {
        HealthzAddress = new IPEndPoint(IPAddress.Loopback, 0),
        MetricsAddress = new IPEndPoint(IPAddress.Loopback, 0),
        HealthCheckAddresses = [IPAddress.Loopback],
    };

    public ManualTimeProvider Time { get; } = new();

    public ListLogger<NodeEndpoints> Log { get; } = new();

    public NodeEndpoints Endpoints { get; }

    public IPEndPoint Healthz => AddressOf("healthz");

    public IPEndPoint Metrics => AddressOf("metrics");

    public static EndpointsHarness Started(NodeEndpointOptions? options = null, ImmutableArray<ServiceState> services = default)
    {
        EndpointsHarness harness = new(options, services);
        harness.Endpoints.Start();
        return harness;
    }

    /// <summary>Puts a snapshot in force, as the host does.</summary>
    public Task ApplyAsync(SourceSnapshot? snapshot = null)
    {
        SourceSnapshot applied = snapshot ?? new SourceSnapshot(ServiceTable.Empty, []);
        Endpoints.Applying(applied);
        return Endpoints.AppliedAsync(applied);
    }

    public Task<RawAnswer> ScrapeAsync() => RawHttp.GetAsync(Metrics, "/metrics");

    public async ValueTask DisposeAsync()
    {
        await Endpoints.DisposeAsync();
        await _provider.DisposeAsync();
    }

    private IPEndPoint AddressOf(string name) => Endpoints.Addresses.Single(a => a.Name == name).Address;

    private sealed class SingleLoggerFactory(ILogger logger) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => logger;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
