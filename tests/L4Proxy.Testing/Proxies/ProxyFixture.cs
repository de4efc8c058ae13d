using System.Collections.Immutable;
using System.Net;
using L4Proxy.DataPlane;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using Xunit;

namespace L4Proxy.Testing.Proxies;

/// <summary>
/// A proxy with one Service port in front of some backends, on a free loopback port. Whatever a test does with it,
/// at the end everything must add up: connections, bytes each way, endpoints' counters, observed ends.
/// </summary>
public sealed class ProxyFixture : IAsyncDisposable
{
    /// <summary>A stop that may cut gives live connections this long.</summary>
    private static readonly TimeSpan s_shortDrain = TimeSpan.FromMilliseconds(50);

    private readonly ProxyServer? _server;
    private readonly ErrorLog _log;
    private readonly ProxyFixtureOptions _options;
    private readonly Dictionary<ServicePortKey, ServiceEntry> _table = [];
    private readonly HashSet<ServiceState> _services = [];
    private readonly HashSet<EndpointState> _endpoints = [];
    private IPEndPoint? _direct;
    private bool _stopped;

    private ProxyFixture(ProxyServer? server, ErrorLog log, RecordingObserver ends, ProxyFixtureOptions options)
    {
        _server = server;
        _log = log;
        Ends = ends;
        _options = options;
    }

    public static ServicePortKey Key { get; } = KeyOf("web");

    /// <summary>Whether clients reach the backend without a proxy.</summary>
    public bool IsDirect => _server is null;

    public ProxyServer Server => _server ?? throw new InvalidOperationException("there is no proxy in a direct test case");

    public RecordingObserver Ends { get; }

    /// <summary>Whose clients count as inside; in force with the next <see cref="ApplyAsync"/>.</summary>
    public NetworkSet Inside { get; set; } = NetworkSet.Empty;

    /// <summary>Listeners of the captured frontends; in force with the next <see cref="ApplyAsync"/>.</summary>
    public ImmutableArray<IPEndPoint> CaptureListeners { get; set; } = [];

    /// <summary>State of the first Service port.</summary>
    public ServiceState Service => StateOf(Key);

    /// <summary>Where clients connect to.</summary>
    public IPEndPoint EndPoint => _direct ?? EndPointOf(Key);

    public static ServicePortKey KeyOf(string name) => new("test", name, "", ServiceProtocol.Tcp);

    public static async Task<ProxyFixture> StartAsync(
        TestedEngine engine, IPFamily family, IReadOnlyList<IPEndPoint> backends, ProxyFixtureOptions options)
    {
        ArgumentNullException.ThrowIfNull(backends);
        ArgumentNullException.ThrowIfNull(options);
        Requires.Family(family);
        var ends = new RecordingObserver();
        var log = new ErrorLog();
        if (engine == TestedEngine.Direct)
        {
            return new ProxyFixture(server: null, log, ends, options) { _direct = backends[0] };
        }

        var fixture = new ProxyFixture(CreateServer(engine, ends, log, options), log, ends, options);
        fixture.Set(Key, [family.AnyPort()], backends, options.Service);
        ApplyResult result = await fixture.ApplyAsync();
        Assert.Empty(result.Failures);
        return fixture;
    }

    public ServiceState StateOf(ServicePortKey key) => Server.Services.Single(s => s.Key == key);

    public EndpointState StateOf(IPEndPoint backend) => Service.Endpoints.Single(e => e.Address.Equals(backend));

    public IPEndPoint EndPointOf(ServicePortKey key) =>
        Server.Listeners.First(l => l.Service == key).LocalEndPoint
        ?? throw new InvalidOperationException($"{key} has no address");

    /// <summary>Where the first Service port's frontend of a kind listens.</summary>
    public IPEndPoint EndPointOf(FrontendKind kind) =>
        Server.Listeners.First(l => l.Service == Key && l.Frontend.Kind == kind).LocalEndPoint
        ?? throw new InvalidOperationException($"the {kind} has no address");

    /// <summary>Describes a Service port; in force with the next <see cref="ApplyAsync"/>.</summary>
    public void Set(
        ServicePortKey key, IReadOnlyList<IPEndPoint> frontends, IReadOnlyList<IPEndPoint> backends, ServiceOptions? service = null) =>
        _table[key] = new ServiceEntry
        {
            Key = key,
            Frontends = [.. frontends.Select(a => new FrontendEntry(a, FrontendKind.Forward))],
            Endpoints = [.. backends.Select(a => new EndpointEntry { Address = a })],
            Options = service ?? _options.Service,
        };

    public void Change(ServicePortKey key, Func<ServiceEntry, ServiceEntry> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        _table[key] = change(_table[key]);
    }

    public void Remove(ServicePortKey key) => _table.Remove(key);

    public async Task<ApplyResult> ApplyAsync()
    {
        ApplyResult result = await Server.ApplyAsync(Table()).Within();
        Remember();
        return result;
    }

    public ServiceTable Table() => new([.. _table.Values.OrderBy(e => e.Key)]) { Inside = Inside, CaptureListeners = CaptureListeners };

    /// <summary>Puts new endpoints of the first Service port in force.</summary>
    public Task ApplyEndpointsAsync(params IReadOnlyList<IPEndPoint> backends)
    {
        Change(Key, e => e with { Endpoints = [.. backends.Select(a => new EndpointEntry { Address = a })] });
        return ApplyAsync();
    }

    /// <summary>Puts new options of the first Service port in force.</summary>
    public Task ApplyOptionsAsync(Func<ServiceOptions, ServiceOptions> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        Change(Key, e => e with { Options = change(e.Options) });
        return ApplyAsync();
    }

    /// <summary>Waits for the next connection's end and compares its reason. Nothing to see without a proxy.</summary>
    public async Task<ConnectionEnd> ExpectEndAsync(params CloseReason[] anyOf)
    {
        if (IsDirect)
        {
            return default;
        }

        ConnectionEnd end = await Ends.NextAsync();
        Assert.Contains(end.Reason, anyOf);
        return end;
    }

    public async Task<int> StopAsync(TimeSpan drain, CancellationToken hurry = default)
    {
        _stopped = true;
        return await Server.StopAsync(drain, hurry).Within();
    }

    /// <summary>Stops the proxy and checks that everything adds up.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_server is null)
        {
            return;
        }

        try
        {
            Remember();
            if (!_stopped)
            {
                int cut = await StopAsync(_options.MayCut ? s_shortDrain : Deadline.Default / 2);
                Assert.True(cut == 0 || _options.MayCut, $"{cut} connections did not end by themselves");
            }

            await AssertReconciledAsync();
        }
        finally
        {
            await _server.DisposeAsync();
        }
    }

    /// <summary>The conservation laws, once nothing is open.</summary>
    public async Task AssertReconciledAsync()
    {
        Assert.True(_log.Errors.Count == 0, $"logged as errors: {string.Join('\n', _log.Errors)}");
        await Eventually.Equal(0, () => Server.Engine.Live);
        await Eventually.Equal(0, () => Total().Live);
        TrafficTotals totals = Total();
        Assert.True(totals.Pending == 0, $"bytes read and neither written nor discarded: {totals.Pending} of {totals}");
        Assert.Equal(totals.Closed, _services.Sum(s => Enum.GetValues<CloseReason>().Sum(s.ClosedFor)));
        await Eventually.Equal(totals.Closed, () => Ends.Count);
        Assert.All(_services, s => Assert.Equal(0, s.Active));
        Assert.All(_endpoints, e => Assert.True(e.Active == 0, $"{e.Address} still counts {e.Active} connections"));
        Assert.DoesNotContain(Ends.All, e => e.Reason is CloseReason.Internal or CloseReason.None);
        Assert.Equal(totals.UpSent, Ends.All.Sum(e => e.BytesUp));
        Assert.Equal(totals.DownSent, Ends.All.Sum(e => e.BytesDown));
    }

    /// <summary>Sum over all Service ports that ever were.</summary>
    public TrafficTotals Total()
    {
        TrafficTotals sum = default;
        foreach (ServiceState service in _services)
        {
            sum += service.Totals();
        }

        return sum;
    }

    /// <summary>How many connections ended for which reason: what a failed test wants to know first.</summary>
    public string DescribeEnds() => string.Join(", ", Ends.All.CountBy(e => e.Reason).Select(r => $"{r.Value} {r.Key}"));

    private static ProxyServer CreateServer(TestedEngine engine, RecordingObserver ends, ErrorLog log, ProxyFixtureOptions options)
    {
        EngineKind kind = engine == TestedEngine.Linux ? EngineKind.Linux : EngineKind.Portable;
        try
        {
            IProxyEngine made = EngineFactory.Create(kind, options.Engine, ends, log);
            return new ProxyServer(made, options.Time, log);
        }
        catch (PlatformNotSupportedException e)
        {
            Requires.That(condition: false, e.Message);
            throw;
        }
    }

    private void Remember()
    {
        _services.UnionWith(Server.Services);
        _endpoints.UnionWith(Server.Services.SelectMany(s => s.Endpoints));
    }
}
