using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Net;
using L4Proxy.Admin.Health;
using L4Proxy.Admin.Http;
using L4Proxy.Admin.Metrics;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Sync;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Admin;

/// <summary>
/// The HTTP endpoints that kube-proxy has on every node: health of the proxy, health check node ports of Services, metrics.
/// Nothing of it is loaded before there is an address to serve.
/// </summary>
internal sealed class NodeEndpoints : ISyncObserver, IAsyncDisposable
{
    /// <summary>Connections at once on one address, beyond which the oldest is closed.</summary>
    private const int MaxConnections = 64;

    private readonly NodeEndpointOptions _options;
    private readonly IMeterFactory _meters;
    private readonly TimeProvider _time;
    private readonly NodeHealthState _health;
    private readonly SyncMetrics _sync;
    private readonly AdminServer _server;
    private readonly HealthCheckPorts _healthChecks;
    private readonly List<AdminBinding> _bindings = [];
    private MeterExport? _meterExport;
    private MetricsRoute? _metrics;

    /// <param name="options">What to serve.</param>
    /// <param name="meters">Whose meter <c>/metrics</c> shows.</param>
    /// <param name="time">Clock of health and metrics.</param>
    /// <param name="loggers">For addresses that cannot be bound.</param>
    public NodeEndpoints(NodeEndpointOptions options, IMeterFactory meters, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options;
        _meters = meters;
        _time = time;
        _health = new NodeHealthState(time, 2 * options.SyncPeriod);
        _sync = new SyncMetrics(time);
        Rules = options.RulesBackend is { } backend ? new RulesMetrics(backend) : null;
        _server = new AdminServer(time, loggers.CreateLogger<NodeEndpoints>());
        _healthChecks = new HealthCheckPorts(_server, options.HealthCheckAddresses, _health);
    }

    /// <summary>Metrics of rules in the kernel; null when there are none.</summary>
    public RulesMetrics? Rules { get; }

    /// <summary>What is bound now: <c>healthz</c> and <c>metrics</c>, each with its real address.</summary>
    public IEnumerable<(string Name, IPEndPoint Address)> Addresses =>
        _bindings.Select(b => (b.Name, Address: _server.AddressOf(b))).Where(b => b.Address is not null).Select(b => (b.Name, b.Address!));

    /// <summary>Serves the configured addresses; before the first table is there, so that kubelet sees a live process.</summary>
    /// <exception cref="IOException">An address cannot be bound, and <see cref="NodeEndpointOptions.BindFailureIsFatal"/> is set.</exception>
    public void Start()
    {
        if (_options.HealthzAddress is { } healthz)
        {
            Serve("healthz", healthz, new HealthRoute(_health, _sync, _time));
        }

        if (_options.MetricsAddress is { } metrics)
        {
            _meterExport = new MeterExport(_meters, _options.EndpointSeries);
            _metrics = new MetricsRoute(Sources(_meterExport), _options.ProxyMode, _time);
            Serve("metrics", metrics, _metrics);
        }
    }

    /// <summary>A change arrived; any thread. The snapshot that holds it is to follow within twice the sync period.</summary>
    public void Queued()
    {
        _health.Queued();
        _sync.Queued();
    }

    /// <summary>A snapshot waits until another one is in force; any thread.</summary>
    public void Waiting() => _health.Queued();

    /// <summary>What was queued so far changes nothing that is served; any thread.</summary>
    public void Unchanged() => _health.Unchanged();

    /// <summary>A snapshot is about to be put in force: it holds all that was queued before.</summary>
    public void Applying(SourceSnapshot snapshot)
    {
        _health.Applying();
        _sync.Applying(snapshot.Changes);
    }

    /// <summary>The snapshot is in force. Follows its health check node ports; a port that cannot be bound is logged and tried again.</summary>
    public Task AppliedAsync(SourceSnapshot snapshot)
    {
        _health.Applied(snapshot.NodeEligible);
        _sync.Applied(snapshot);
        return _healthChecks.ApplyAsync(snapshot.HealthChecks);
    }

    /// <summary>The proxy takes no new connections any more: load balancers are told, while a liveness probe still succeeds.</summary>
    public void Draining() => _health.Draining();

    /// <summary>Ends at once, whatever its clients do.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _metrics?.Dispose();
        _meterExport?.Dispose();
    }

    /// <summary>Where a health check node port really listens.</summary>
    internal IEnumerable<IPEndPoint> AddressesOf(HealthCheckNodePort port) => _healthChecks.AddressesOf(port);

    private ImmutableArray<IMetricSource> Sources(MeterExport meters) =>
        Rules is null ? [meters, _sync, new ProcessMetrics()] : [meters, _sync, Rules, new ProcessMetrics()];

    private void Serve(string name, IPEndPoint address, IAdminRoute route)
    {
        AdminBinding binding = new(name, address, route, MaxConnections);
        _server.Add(binding, _options.BindFailureIsFatal);
        _bindings.Add(binding);
    }
}
