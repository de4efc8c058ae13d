using System.Net;
using L4Proxy.DataPlane;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Processes;
using L4Proxy.Testing.Proxies;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests.Engines;

/// <summary>Capture listeners behind real packet rules, in a namespace: the destination that a rule rewrote says who serves.</summary>
public sealed class CaptureNamespaceTests : IAsyncLifetime
{
    private const int Port = 10261;

    private readonly RecordingObserver _ends = new();
    private NetworkNamespace _space = null!;

    public static TheoryData<EngineKind, string, string> Cases => new()
    {
        { EngineKind.Linux, "10.96.0.10", "10.96.0.11" },
        { EngineKind.Linux, "fd96::10", "fd96::11" },
        { EngineKind.Portable, "10.96.0.10", "10.96.0.11" },
        { EngineKind.Portable, "fd96::10", "fd96::11" },
    };

    public async ValueTask InitializeAsync()
    {
        Requires.Program("nft");
        _space = await NetworkNamespace.CreateAsync();
        await _space.RunAsync("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1");
        await _space.RunAsync("ip", "addr", "add", "10.1.0.1/24", "dev", "v0");
        await _space.RunAsync("ip", "-6", "addr", "add", "fd01::1/64", "dev", "v0", "nodad");
        await _space.RunAsync("ip", "link", "set", "v0", "up");
        await _space.RunAsync("ip", "link", "set", "v1", "up");
        await _space.RunAsync("ip", "route", "add", "default", "via", "10.1.0.2");
        await _space.RunAsync("ip", "-6", "route", "add", "default", "via", "fd01::2");
    }

    public ValueTask DisposeAsync() => _space?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Theory, MemberData(nameof(Cases))]
    public async Task Redirected_ClientsReachTheServiceThatTheyAskedFor(EngineKind kind, string first, string second)
    {
        await RedirectAsync();
        await using TcpBackend a = Start(kind, "a");
        await using TcpBackend b = Start(kind, "b");
        await using ProxyServer server = _space.Inside(() => Server(kind, new EngineOptions()));
        await _space.InsideAsync(() => server.ApplyAsync(Table((first, a), (second, b))));

        for (int i = 0; i < 20; i++)
        {
            Assert.Equal("a", await AskAsync(first, 80));
            Assert.Equal("b", await AskAsync(second, 80));
        }

        // Not in the table, and the capture port itself.
        Assert.Null(await AskAsync(first, 81));
        Assert.Null(await AskAsync(first.Contains(':', StringComparison.Ordinal) ? "fd01::1" : "10.1.0.1", Port));
        await Eventually.Equal(42, () => _ends.Count);
        Assert.Equal(2, server.Services.Single(s => s.Key.Namespace.Length == 0).ClosedFor(CloseReason.NoService));
        Assert.Contains(_ends.All, e => e.Destination.ToIPEndPoint().Equals(new IPEndPoint(IPAddress.Parse(first), 80)) && e.Reason == CloseReason.Finished);
        AssertConserved(server);
    }

    /// <summary>Ten thousand Services, one rule, one map of the kernel; each change of one of them leaves the others served.</summary>
    [Fact]
    public async Task TenThousandServices_AnyIsServed_ChangesDisturbNobody()
    {
        const int Services = 10_000;
        await RedirectAsync();
        await using TcpBackend backend = Start(EngineKind.Linux, "a");
        await using ProxyServer server = _space.Inside(() => Server(EngineKind.Linux, new EngineOptions()));
        ServiceTable table = Table([.. Enumerable.Range(0, Services).Select(i => ($"10.96.{i / 250}.{(i % 250) + 1}", backend))]);
        await _space.InsideAsync(() => server.ApplyAsync(table));
        var took = new List<double>();
        for (int i = 0; i < 50; i++)
        {
            int at = (i * 197) % Services;
            ServiceEntry entry = table.Services[at];
            ServiceEntry moved = entry with { Frontends = [entry.Frontends[0] with { Address = new IPEndPoint(entry.Frontends[0].Address.Address, 8080) }] };
            table = table with { Services = table.Services.SetItem(at, i % 2 == 0 ? moved : entry with { Options = new ServiceOptions { MaxConnections = i } }) };
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            await server.ApplyAsync(table);
            took.Add(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            Assert.Equal("a", await AskAsync(entry.Frontends[0].Address.Address.ToString(), i % 2 == 0 ? 8080 : 80));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"ms: median {took.Order().ElementAt(25):0.000}");
        Assert.True(took.Order().ElementAt(25) < 20, $"a change of one Service took {took.Order().ElementAt(25):0.0} ms");
        AssertConserved(server);
    }

    private static ServiceTable Table(params (string Address, TcpBackend Backend)[] services)
    {
        var entries = services.Select((s, i) => new ServiceEntry
        {
            Key = new ServicePortKey("test", $"s{i:D5}", "", ServiceProtocol.Tcp),
            Frontends = [new FrontendEntry(new IPEndPoint(IPAddress.Parse(s.Address), 80), FrontendKind.ClusterIP) { Captured = true }],
            Endpoints = [new EndpointEntry { Address = s.Backend.EndPoint }],
        });
        return new ServiceTable([.. entries]) { CaptureListeners = [new(IPAddress.Any, Port), new(IPAddress.IPv6Any, Port)] };
    }

    private static void AssertConserved(ProxyServer server)
    {
        foreach (ServiceState service in server.Services)
        {
            TrafficTotals totals = service.Totals();
            Assert.Equal(totals.Live, service.Active);
            Assert.Equal(totals.Closed, Enum.GetValues<CloseReason>().Sum(service.ClosedFor));
        }
    }

    /// <summary>Event loops dial from the namespace in which they were made; the thread pool, with which the portable engine dials, is outside.</summary>
    private TcpBackend Start(EngineKind kind, string name) => kind == EngineKind.Linux
        ? _space.Inside(() => TcpBackend.Start(IPFamily.IPv4, Scripts.Say(name)))
        : TcpBackend.Start(IPFamily.IPv4, Scripts.Say(name));

    private ProxyServer Server(EngineKind kind, EngineOptions options) =>
        new(EngineFactory.Create(kind, options, _ends, NullLoggerFactory.Instance), TimeProvider.System, NullLoggerFactory.Instance);

    /// <summary>What is answered; null for a client that is reset.</summary>
    private async Task<string?> AskAsync(string address, int port)
    {
        try
        {
            using TcpPeer client = await _space.InsideAsync(() => TcpPeer.ConnectAsync(new IPEndPoint(IPAddress.Parse(address), port)));
            string text = "";
            StreamEnd end = await client.ReadToEndAsync(part => text += System.Text.Encoding.UTF8.GetString(part.Span));
            return end == StreamEnd.Finished ? text : null;
        }
        catch (System.Net.Sockets.SocketException e) when (TcpPeer.IsReset(e))
        {
            return null;
        }
    }

    private async Task RedirectAsync()
    {
        foreach ((string family, string network) in ((string, string)[])[("ip", "ip daddr 10.96.0.0/16"), ("ip6", "ip6 daddr fd96::/112")])
        {
            await _space.RunAsync("nft", "add", "table", family, "test");
            await _space.RunAsync("nft", $"add chain {family} test output {{ type nat hook output priority -100; }}");
            await _space.RunAsync("nft", $"add rule {family} test output {network} tcp dport 1-65535 redirect to :{Port}");
        }
    }
}
