using System.Net;
using L4Proxy.Admin;
using L4Proxy.ControlPlane.KernelRules.Life;
using L4Proxy.DataPlane;
using L4Proxy.DataPlane.Services;
using L4Proxy.Hosting;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Tests.KernelRules.Life;
using Microsoft.Extensions.Logging;
using Xunit;

namespace L4Proxy.Tests.Hosting;

/// <summary>A run with rules, whose kernel is a variable.</summary>
public sealed class ProxyHostRulesTests : IDisposable
{
    private readonly string _lock = $"l4proxy-test-{Guid.NewGuid()}";
    private readonly FakeBackends _kernel = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ChannelSource _source = new();
    private readonly TaskCompletionSource<ProxyServer> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ProxyHostRulesTests()
    {
        Requires.Linux();
    }

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task RunAsync_KernelMode_OpensNoListenerFollowsTheSourceAndLeavesTheRules()
    {
        _source.Put(Service("a"));
        Task<int> host = Run(RulesBackendKind.Nftables, keep: true);
        ProxyServer server = await _ready.Task.Within();
        Assert.Empty(server.Listeners);
        Assert.Equal(["a"], Kernel(RulesBackendKind.Nftables));

        _source.Put(Service("a"), Service("b"));
        await Eventually.Equal("a b", () => string.Join(' ', Kernel(RulesBackendKind.Nftables)));

        await _stop.CancelAsync();
        Assert.Equal(ExitCodes.Ok, await host.Within());
        Assert.Equal(["a", "b"], Kernel(RulesBackendKind.Nftables));
        RulesLock.TryTake(_lock)!.Dispose();
    }

    [Fact]
    public async Task RunAsync_KernelModeThatDoesNotKeep_RemovesTheRules()
    {
        _source.Put(Service("a"));
        Task<int> host = Run(RulesBackendKind.Iptables, keep: false);
        await _ready.Task.Within();
        await _stop.CancelAsync();
        Assert.Equal(ExitCodes.Ok, await host.Within());
        Assert.Null(_kernel[RulesBackendKind.Iptables].Kernel);
    }

    [Fact]
    public async Task RunAsync_LeftoversOfOtherModes_GoAndThoseOfThisModeStay()
    {
        _kernel[RulesBackendKind.Ipvs].Kernel = ["old"];
        _kernel[RulesBackendKind.CaptureIptables].Kernel = ["old"];
        _kernel[RulesBackendKind.Nftables].Kernel = ["of the run before"];
        _source.Put(Service("a"));
        Task<int> host = Run(RulesBackendKind.Nftables, keep: true);
        await _ready.Task.Within();
        await Eventually.True(() => _kernel[RulesBackendKind.Ipvs].Kernel is null && _kernel[RulesBackendKind.CaptureIptables].Kernel is null);
        Assert.Equal(0, _kernel[RulesBackendKind.Nftables].CleanUps);
        await _stop.CancelAsync();
        Assert.Equal(ExitCodes.Ok, await host.Within());
    }

    [Fact]
    public async Task RunAsync_LeftoversWithNothingInCommon_GoWhenTheNewRulesAreThere()
    {
        List<string> steps = [];
        _kernel[RulesBackendKind.Nftables].Kernel = ["old"];
        _kernel[RulesBackendKind.Nftables].Before = step => steps.Add($"nftables {step}");
        _kernel[RulesBackendKind.Iptables].Before = step => steps.Add($"iptables {step}");
        _source.Put(Service("a"));
        Task<int> host = Run(RulesBackendKind.Iptables, keep: true);
        await _ready.Task.Within();
        await Eventually.True(() => _kernel[RulesBackendKind.Nftables].Kernel is null);
        Assert.Equal(["iptables apply", "nftables clean up"], steps);
        await _stop.CancelAsync();
        Assert.Equal(ExitCodes.Ok, await host.Within());
    }

    [Fact]
    public async Task RunAsync_LeftoversThatStayForLong_KeepNothingWaiting()
    {
        TaskCompletionSource gate = new();
        FakeBackend old = _kernel[RulesBackendKind.Nftables];
        old.Kernel = ["old"];
        old.CleanUpGate = gate.Task;
        _source.Put(Service("a"));
        Task<int> host = Run(RulesBackendKind.Iptables, keep: true);
        await _ready.Task.Within();
        _source.Put(Service("a"), Service("b"));
        await Eventually.Equal("a b", () => string.Join(' ', Kernel(RulesBackendKind.Iptables)));
        Assert.Equal(["old"], old.Kernel);

        gate.SetResult();
        await Eventually.True(() => old.Kernel is null);
        await _stop.CancelAsync();
        Assert.Equal(ExitCodes.Ok, await host.Within());
    }

    [Fact]
    public async Task RunAsync_StoppedWhileLeftoversAreRemoved_Ends()
    {
        _kernel[RulesBackendKind.Nftables].CleanUpGate = new TaskCompletionSource().Task;
        _source.Put(Service("a"));
        Task<int> host = Run(RulesBackendKind.Iptables, keep: true);
        await _ready.Task.Within();
        await _stop.CancelAsync();
        Assert.Equal(ExitCodes.Ok, await host.Within());
    }

    [Fact]
    public async Task RunAsync_UserspaceAndLeftoversThatStayForLong_ServesMeanwhile()
    {
        Requires.That(Capabilities.MayAdministerNetwork(), "the capability CAP_NET_ADMIN");
        TaskCompletionSource gate = new();
        FakeBackend old = _kernel[RulesBackendKind.Iptables];
        old.Kernel = ["old"];
        old.CleanUpGate = gate.Task;
        _source.Put(Service("a", new IPEndPoint(IPAddress.Loopback, 0)));
        Task<int> host = Run(kind: null, keep: false);
        ProxyServer server = await _ready.Task.Within();
        Assert.Single(server.Listeners);
        Assert.Equal(["old"], old.Kernel);

        gate.SetResult();
        await Eventually.True(() => old.Kernel is null);
        await _stop.CancelAsync();
        Assert.Equal(ExitCodes.Ok, await host.Within());
    }

    [Fact]
    public async Task RunAsync_CaptureStoppedWhileSomebodyElseIsBusy_TriesAgainAndRemovesIt()
    {
        FakeBackend rules = _kernel[RulesBackendKind.CaptureIptables];
        _source.Put(Service("a"));
        Task<int> host = Run(RulesBackendKind.CaptureIptables, keep: false);
        await _ready.Task.Within();
        rules.IsBusy = true;
        rules.Failures.Enqueue("the lock is held");
        rules.CleanUpFailures.Enqueue("the lock is held");
        await _stop.CancelAsync();
        Assert.Equal(ExitCodes.Ok, await host.Within());
        Assert.Equal(["full a", "partial", "partial"], rules.Applied);
        Assert.Null(rules.Kernel);
    }

    [Fact]
    public async Task RunAsync_CaptureStopped_LeadsNoNewClientHereWhileLiveOnesAreWaitedFor()
    {
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Echo);
        FakeBackend rules = _kernel[RulesBackendKind.CaptureNftables];
        _source.Put(Service("a", new IPEndPoint(IPAddress.Loopback, 0), backend.EndPoint));
        Task<int> host = Run(RulesBackendKind.CaptureNftables, keep: false);
        ProxyServer server = await _ready.Task.Within();
        using (TcpPeer client = await TcpPeer.ConnectAsync(server.Listeners[0].LocalEndPoint!))
        {
            await client.SendTextAsync("ping");
            Assert.Equal("ping", await client.ReceiveTextAsync(4));
            await _stop.CancelAsync();
            await Eventually.Equal("full a, partial", () => string.Join(", ", rules.Applied));
            Assert.Equal(0, rules.CleanUps);
            await client.SendTextAsync("pong");
            Assert.Equal("pong", await client.ReceiveTextAsync(4));
        }

        Assert.Equal(ExitCodes.Ok, await host.Within());
        Assert.Null(rules.Kernel);
        Assert.Equal(1, rules.CleanUps);
    }

    [Fact]
    public async Task RunAsync_StoppedWhileAToolHangs_EndsAndRemovesItsCapture()
    {
        FakeBackend rules = _kernel[RulesBackendKind.CaptureNftables];
        _source.Put(Service("a"));
        Task<int> host = Run(RulesBackendKind.CaptureNftables, keep: false);
        await _ready.Task.Within();
        rules.Gates.Enqueue(new TaskCompletionSource().Task);
        _source.Put(Service("b"));
        await Eventually.Equal(2, () => rules.Applied.Count);

        await _stop.CancelAsync();

        Assert.Equal(ExitCodes.Ok, await host.Within());
        Assert.Null(rules.Kernel);
    }

    [Fact]
    public async Task RunAsync_FirstApplicationFails_EndsAndTakesNothingForItself()
    {
        _kernel[RulesBackendKind.CaptureIptables].Failures.Enqueue("iptables-restore: no");
        _source.Put(Service("a"));
        Assert.Equal(ExitCodes.CouldNotRun, await Run(RulesBackendKind.CaptureIptables, keep: false).Within());
        Assert.Null(_kernel[RulesBackendKind.CaptureIptables].Kernel);
        // A tool that some other test starts at this moment has all descriptors until it is executed.
        await Eventually.True(() =>
        {
            using RulesLock? free = RulesLock.TryTake(_lock);
            return free is not null;
        });
    }

    [Fact]
    public async Task RunAsync_SecondInstance_EndsAndLeavesTheRulesOfTheFirst()
    {
        _source.Put(Service("a"));
        Task<int> host = Run(RulesBackendKind.Nftables, keep: true);
        await _ready.Task.Within();
        Assert.Equal(ExitCodes.CouldNotRun, await Run(RulesBackendKind.Iptables, keep: false).Within());
        Assert.Equal(["a"], Kernel(RulesBackendKind.Nftables));
        await _stop.CancelAsync();
        Assert.Equal(ExitCodes.Ok, await host.Within());
    }

    [Fact]
    public async Task RunAsync_DefectInABackend_EndsTheProcessAndItsCapture()
    {
        FakeBackend rules = _kernel[RulesBackendKind.CaptureNftables];
        _source.Put(Service("a"));
        Task<int> host = Run(RulesBackendKind.CaptureNftables, keep: false);
        await _ready.Task.Within();
        rules.Gates.Enqueue(Task.FromException(new InvalidOperationException("a defect")));
        _source.Put(Service("b"));
        Assert.Equal(ExitCodes.CouldNotRun, await host.Within());
        Assert.Null(rules.Kernel);
    }

    [Fact]
    public async Task RunAsync_KernelMode_ShowsItselfInModeAndMetrics()
    {
        _source.Put(Service("a"));
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "ready");
        Task<int> host = Run(
            RulesBackendKind.Ipvs,
            keep: true,
            new HostSettings { ReadyFile = file, NodeEndpoints = new NodeEndpointOptions { MetricsAddress = new IPEndPoint(IPAddress.Loopback, 0) } });
        await _ready.Task.Within();
        string line = Assert.Single(await File.ReadAllLinesAsync(file));
        IPEndPoint address = IPEndPoint.Parse(line.Split('\t')[1]);
        HttpAnswer mode = await HttpAnswer.GetAsync(address, "/proxyMode");
        Assert.Equal("ipvs", mode.Body.TrimEnd());
        HttpAnswer metrics = await HttpAnswer.GetAsync(address, "/metrics");
        Assert.Contains("kubeproxy_sync_full_proxy_rules_duration_seconds_count 1", metrics.Body, StringComparison.Ordinal);
        Assert.Contains("l4proxy_rules_services{backend=\"Ipvs\"} 1", metrics.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("kubeproxy_sync_proxy_rules_iptables_total", metrics.Body, StringComparison.Ordinal);
        await _stop.CancelAsync();
        Assert.Equal(ExitCodes.Ok, await host.Within());
    }

    private static ServiceEntry Service(string name, IPEndPoint? address = null, params IPEndPoint[] endpoints) => new()
    {
        Key = new ServicePortKey("default", name, "", ServiceProtocol.Tcp),
        Frontends = [new FrontendEntry(address ?? IPEndPoint.Parse("10.96.0.1:80"), FrontendKind.ClusterIP) { Captured = address is null }],
        Endpoints = [.. endpoints.Select(e => new EndpointEntry { Address = e })],
    };

    private IEnumerable<string> Kernel(RulesBackendKind kind) => _kernel[kind].Kernel ?? [];

    private Task<int> Run(RulesBackendKind? kind, bool keep, HostSettings? settings = null) => ProxyHost.RunAsync(
        (_, _) => _source,
        (settings ?? new HostSettings()) with
        {
            LogLevel = LogLevel.None,
            Rules = new RulesSettings { Kind = kind, Keep = keep, LockName = _lock, Backends = _kernel, LastTransaction = TimeSpan.FromMilliseconds(100) },
        },
        _stop.Token,
        (server, _) =>
        {
            _ready.TrySetResult(server);
            return Task.CompletedTask;
        });
}
