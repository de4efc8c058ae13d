using System.Diagnostics;
using System.Net;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Routes;
using L4Proxy.DataPlane;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Processes;
using L4Proxy.Testing.Proxies;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Routes;

/// <summary>Local routes in a namespace of their own: what they make possible, whom they leave alone, and that nothing stays.</summary>
public sealed class LocalRoutesTests : IAsyncLifetime
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    private NetworkNamespace _space = null!;
    private NamespaceTools _tools = null!;

    public async ValueTask InitializeAsync()
    {
        _space = await NetworkNamespace.CreateAsync();
        _tools = new NamespaceTools(_space);
        await _space.RunAsync("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1");
        await _space.RunAsync("ip", "addr", "add", "10.1.0.1/24", "dev", "v0");
        await _space.RunAsync("ip", "-6", "addr", "add", "fd01::1/64", "dev", "v0", "nodad");
        await _space.RunAsync("ip", "link", "set", "v0", "up");
        await _space.RunAsync("ip", "link", "set", "v1", "up");
        await _space.RunAsync("ip", "route", "add", "default", "via", "10.1.0.2");
    }

    public ValueTask DisposeAsync() => _space?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Theory]
    [InlineData(EngineKind.Linux, "10.96.0.10", "10.1.0.1")]
    [InlineData(EngineKind.Linux, "fd96::10", "fd01::1")]
    [InlineData(EngineKind.Portable, "10.96.0.10", "10.1.0.1")]
    [InlineData(EngineKind.Portable, "fd96::10", "fd01::1")]
    public async Task ServiceNetworksAreLocal_ProxyBindsTheirAddresses_ClientsComeFromTheNode(EngineKind kind, string service, string node)
    {
        await using LocalRoutes routes = Routes("10.96.0.0/16", "fd96::/112");
        await routes.ApplyAsync(RouteStates.Of(["10.96.0.10", "fd96::10"], ["10.96.0.0/16", "fd96::/112"]), full: true, s_none);
        var address = new IPEndPoint(IPAddress.Parse(service), 80);

        // Event loops dial from the namespace in which they were made; the thread pool is outside.
        await using TcpBackend backend = kind == EngineKind.Linux
            ? _space.Inside(() => TcpBackend.Start(new IPEndPoint(IPAddress.Parse(node), 0), Scripts.Say("x")))
            : TcpBackend.Start(IPFamily.IPv4, Scripts.Say("x"));
        var ends = new RecordingObserver();
        await using ProxyServer server = _space.Inside(() => Server(kind, ends));
        ApplyResult result = await _space.InsideAsync(() => server.ApplyAsync(Table(address, backend.EndPoint)));
        Assert.Empty(result.Failures);

        using TcpPeer client = await _space.InsideAsync(() => TcpPeer.ConnectAsync(address));

        Assert.Equal("x", await client.ReceiveTextToEndAsync());
        client.FinishSending();
        Assert.Equal(IPAddress.Parse(node), (await ends.NextAsync()).Client.ToIPEndPoint().Address);
    }

    [Fact]
    public async Task WithoutServiceNetworks_EachAddressHasARoute_AndAChangeIsOneCall()
    {
        await using LocalRoutes routes = Routes();
        await routes.ApplyAsync(RouteStates.Of(["10.96.0.10", "10.96.0.11", "fd96::10"]), full: false, s_none);
        Assert.Equal(["10.96.0.10", "10.96.0.11"], await ListAsync("-4"));
        Assert.Equal(["fd96::10"], await ListAsync("-6"));
        _tools.Calls.Clear();

        await routes.ApplyAsync(RouteStates.Of(["10.96.0.11", "10.96.0.12", "fd96::10"]), full: false, s_none);

        Assert.Equal(["ip -4 -batch -"], _tools.Calls);
        Assert.Equal(["10.96.0.11", "10.96.0.12"], await ListAsync("-4"));
        Assert.Empty(await routes.DiffAsync(RouteStates.Of(["10.96.0.11", "10.96.0.12", "fd96::10"]), s_none));
        _tools.Calls.Clear();
        await routes.ApplyAsync(RouteStates.Of(["10.96.0.11", "10.96.0.12", "fd96::10"]), full: false, s_none);
        Assert.Empty(_tools.Calls);
    }

    [Fact]
    public async Task CleanUp_LeavesTheHostAsItWas_AndOthersRoutes()
    {
        await _space.RunAsync("ip", "route", "add", "local", "10.96.0.11", "dev", "lo", "table", "local", "proto", "99");
        string before = await SnapshotAsync();
        await using LocalRoutes routes = Routes();
        RulesState state = RouteStates.Of(["10.96.0.10", "10.96.0.11", "10.1.0.1", "fd96::10"]);
        state = state with { IPv4 = state.IPv4.WithExternal("198.51.100.7", "10.1.0.1") };
        await routes.ApplyAsync(state, full: true, s_none);
        Assert.Equal(["10.96.0.10", "198.51.100.7"], await ListAsync("-4"));
        Assert.True(await routes.IsIntactAsync(s_none));

        Assert.True(await Routes().CleanUpAsync(s_none));

        Assert.Equal(before, await SnapshotAsync());
        Assert.False(await routes.CleanUpAsync(s_none));
    }

    [Fact]
    public async Task RouteIsRemovedByOthers_IsNoticedAtOnce_AndRestored()
    {
        await using LocalRoutes routes = Routes("10.96.0.0/16");
        RulesState state = RouteStates.Of(["10.96.0.10"], ["10.96.0.0/16"]);
        await routes.ApplyAsync(state, full: true, s_none);
        using var stop = new CancellationTokenSource(Deadline.Default);
        Task removal = routes.WaitForRemovalAsync(stop.Token);

        // The monitor has to be there first; whoever removes it in vain does it again.
        while (!removal.IsCompleted)
        {
            await _space.RunAsync("ip", "route", "del", "local", "10.96.0.0/16", "dev", "lo", "table", "local");
            await Task.WhenAny(removal, Task.Delay(200, stop.Token));
            Assert.Equal(["- ip -4 route add local 10.96.0.0/16 dev lo table local proto 211 src 10.1.0.1"], await routes.DiffAsync(state, s_none));
            Assert.False(await routes.IsIntactAsync(s_none));
            await routes.ApplyAsync(state, full: true, s_none);
        }

        await removal;
        Assert.True(await routes.IsIntactAsync(s_none));
    }

    [Theory]
    [InlineData("10.0.0.0/8", "covers 10.1.0.1, an address of this host")]
    [InlineData("10.99.0.0/16", "would shadow the route to 10.99.7.0/24 by v0")]
    [InlineData("10.99.7.0/24", "would shadow the route to 10.99.7.0/24 by v0")]
    [InlineData("10.244.0.0/16", "overlaps the Pod network 10.244.0.0/17")]
    [InlineData("10.244.3.0/24", "overlaps the Pod network 10.244.0.0/17")]
    [InlineData("fd01::/48", "covers fd01::1, an address of this host")]
    public async Task NetworkThatHasMoreThanServices_IsRefused_AndNothingIsDone(string network, string reason)
    {
        await _space.RunAsync("ip", "route", "add", "10.99.7.0/24", "dev", "v0");
        string before = await SnapshotAsync();
        await using LocalRoutes routes = Routes(network);
        string address = IPNetwork.Parse(network).BaseAddress.ToString();

        RulesException refused = await Assert.ThrowsAsync<RulesException>(
            () => routes.ApplyAsync(RouteStates.Of([address], [network], ["10.244.0.0/17"]), full: true, s_none));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await SnapshotAsync());
        Assert.Equal(reason.Contains("Pod", StringComparison.Ordinal), (await routes.ProbeAsync(s_none)).IsEmpty);
    }

    [Fact]
    public async Task ChangeFindsTheHostOtherThanItLeftIt_AllIsPutRight()
    {
        await using LocalRoutes routes = Routes();
        await routes.ApplyAsync(RouteStates.Of(["10.96.0.10", "10.96.0.11"]), full: true, s_none);
        await _space.RunAsync("ip", "route", "flush", "table", "local", "proto", "211");

        await routes.ApplyAsync(RouteStates.Of(["10.96.0.11", "10.96.0.12"]), full: false, s_none);

        Assert.Equal(["10.96.0.11", "10.96.0.12"], await ListAsync("-4"));
    }

    [Fact]
    public async Task TenThousandAddresses_ChangeOfOneTakesMilliseconds()
    {
        const int Services = 10_000;
        string[] addresses = [.. Enumerable.Range(0, Services).Select(i => $"10.96.{i / 250}.{(i % 250) + 1}")];
        await using LocalRoutes routes = Routes();
        RulesState state = RouteStates.Of(addresses);
        await routes.ApplyAsync(state, full: true, s_none);
        Assert.Equal(Services, (await ListAsync("-4")).Count);
        var took = new List<double>();
        for (int i = 0; i < 9; i++)
        {
            RulesState next = state with { IPv4 = state.IPv4.WithExternal($"198.51.100.{i + 1}") };
            long start = Stopwatch.GetTimestamp();
            await routes.ApplyAsync(next, full: false, s_none);
            took.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        // Two processes, ip and the one that enters the namespace; many times what it takes on a machine that does nothing else.
        TestContext.Current.TestOutputHelper?.WriteLine($"ms: {string.Join(' ', took.Order().Select(t => t.ToString("0.0", null)))}");
        Assert.True(took.Order().First() < 200, $"the fastest change took {took.Min():0} ms");
        Assert.True(await routes.CleanUpAsync(s_none));
    }

    [Fact]
    public void Plan_IsTheSameTextForTheSameState()
    {
        RulesState state = RouteStates.Of(["10.96.0.10", "10.2.0.1", "fd96::10"], ["fd96::/112"]);
        state = state with { IPv4 = state.IPv4.WithExternal("198.51.100.7") };

        Assert.Equal(
            """
            # ip -4 -batch -
            route add local 10.2.0.1/32 dev lo table local proto 211
            route add local 10.96.0.10/32 dev lo table local proto 211
            route add local 198.51.100.7/32 dev lo table local proto 211
            # ip -6 -batch -
            route add local fd96::/112 dev lo table local proto 211

            """,
            Routes("fd96::/112").Plan(state));
    }

    private static ServiceTable Table(IPEndPoint address, IPEndPoint backend) => new(
    [
        new ServiceEntry
        {
            Key = new ServicePortKey("test", "web", "", ServiceProtocol.Tcp),
            Frontends = [new FrontendEntry(address, FrontendKind.ClusterIP)],
            Endpoints = [new EndpointEntry { Address = backend }],
        },
    ]);

    private static ProxyServer Server(EngineKind kind, RecordingObserver ends) => new(
        EngineFactory.Create(kind, new EngineOptions { BindRoutedAddresses = true }, ends, NullLoggerFactory.Instance),
        TimeProvider.System,
        NullLoggerFactory.Instance);

    private LocalRoutes Routes(params string[] networks) =>
        new(new RulesOptions { ServiceNetworks = [.. networks.Select(IPNetwork.Parse)] }, _tools, NullLogger.Instance);

    private async Task<List<string>> ListAsync(string family)
    {
        string text = await TextAsync(family, "route", "show", "table", "local", "proto", "211");
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')[1])];
    }

    private async Task<string> SnapshotAsync() =>
        await TextAsync("-4", "route", "show", "table", "all") + await TextAsync("-6", "route", "show", "table", "all")
        + await TextAsync("-4", "rule", "show") + await TextAsync("-6", "rule", "show");

    private async Task<string> TextAsync(params string[] arguments) =>
        (await _tools.RunAsync("ip", arguments, null, Deadline.Default, s_none)).Output;
}
