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
using L4Proxy.Tests.KernelRules.Routes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests.Engines;

/// <summary>
/// A client and a Pod, each in a namespace of its own, and the proxy's between them: whose address the Pod sees, and that its
/// answers find their way back.
/// </summary>
public sealed class TransparentSourceTests : IAsyncLifetime
{
    private const int Port = 8080;

    private NetworkNamespace _node = null!;
    private NetworkNamespace _client = null!;
    private NetworkNamespace _pod = null!;
    private PolicyRouting _routing = null!;

    public async ValueTask InitializeAsync()
    {
        Requires.Program("nft");
        _node = await NetworkNamespace.CreateAsync();
        _client = await NetworkNamespace.CreateAsync();
        _pod = await NetworkNamespace.CreateAsync();
        foreach (NetworkNamespace space in (NetworkNamespace[])[_node, _client, _pod])
        {
            // Neighbours are not asked before an interface has looked for duplicates of its own address, which takes a second.
            await space.RunAsync("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.all.accept_dad=0");
        }

        await ConnectAsync(_client, "c0", "1");
        await ConnectAsync(_pod, "p0", "2");
        await _pod.RunAsync("ip", "addr", "add", "10.2.0.10/24", "dev", "eth0");
        _routing = new PolicyRouting(new RulesOptions { TransparentSource = true }, new NamespaceTools(_node));
        foreach (string family in (string[])["ip", "ip6"])
        {
            await _node.RunAsync("nft", "add", "table", family, "test");
            await _node.RunAsync("nft", $"add chain {family} test pre {{ type filter hook prerouting priority mangle; }}");
            await _node.RunAsync("nft", $"add rule {family} test pre socket transparent 1 meta mark set meta mark or {_routing.Mark}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (NetworkNamespace? space in (NetworkNamespace?[])[_node, _client, _pod])
        {
            if (space is not null)
            {
                await space.DisposeAsync();
            }
        }
    }

    [Theory]
    [InlineData("10.1.0.1", "10.2.0.9", "10.1.0.9")]
    [InlineData("fd01::1", "fd02::9", "fd01::9")]
    public async Task EndpointOnThisNode_SeesTheClient_AndItsAnswersComeBack(string node, string pod, string client)
    {
        await _routing.ApplyAsync(RouteStates.Of(["10.96.0.1", "fd96::1"]), CancellationToken.None);
        await using TcpBackend backend = _pod.Inside(() => TcpBackend.Start(new IPEndPoint(IPAddress.Parse(pod), 0), Scripts.Echo));
        await using ProxyServer server = await ServeAsync(node, backend, onThisNode: true);
        for (int i = 0; i < 20; i++)
        {
            using TcpPeer peer = await _client.InsideAsync(() => TcpPeer.ConnectAsync(new IPEndPoint(IPAddress.Parse(node), Port)));
            await peer.SendTextAsync("hello");
            Assert.Equal("hello", await peer.ReceiveTextAsync(5));
            Assert.Equal(client, await SourceAsync(backend));
        }

        Assert.True(await _routing.CleanUpAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData("10.2.0.9")]
    [InlineData("10.2.0.10")]
    public async Task HairpinOrSameLink_SeesTheProxy(string client)
    {
        await using TcpBackend backend = _pod.Inside(() => TcpBackend.Start(new IPEndPoint(IPAddress.Parse("10.2.0.9"), 0), Scripts.Echo));
        await using ProxyServer server = await ServeAsync("10.2.0.1", backend, onThisNode: true);
        var options = new TcpPeerOptions { LocalAddress = IPAddress.Parse(client) };
        using TcpPeer peer = await _pod.InsideAsync(() => TcpPeer.ConnectAsync(new IPEndPoint(IPAddress.Parse("10.2.0.1"), Port), options));
        await peer.SendTextAsync("hello");

        Assert.Equal("hello", await peer.ReceiveTextAsync(5));

        Assert.Equal("10.2.0.1", await SourceAsync(backend));
    }

    [Fact]
    public async Task EndpointElsewhere_SeesTheProxy()
    {
        await using TcpBackend backend = _pod.Inside(() => TcpBackend.Start(new IPEndPoint(IPAddress.Parse("10.2.0.9"), 0), Scripts.Echo));
        await using ProxyServer server = await ServeAsync("10.1.0.1", backend, onThisNode: false);
        using TcpPeer peer = await _client.InsideAsync(() => TcpPeer.ConnectAsync(new IPEndPoint(IPAddress.Parse("10.1.0.1"), Port)));
        await peer.SendTextAsync("hello");

        Assert.Equal("hello", await peer.ReceiveTextAsync(5));

        Assert.Equal("10.2.0.1", await SourceAsync(backend));
    }

    [Fact]
    public void Probe_AsRoot_FindsNothingLacking() => Assert.Null(TransparentProbe.WhyNot());

    private static async Task<string> SourceAsync(TcpBackend backend) =>
        ((IPEndPoint)(await backend.NextConnectionAsync()).Socket.RemoteEndPoint!).Address.ToString();

    /// <summary>A link between the node and a namespace behind it, whose way to anywhere is the node.</summary>
    private async Task ConnectAsync(NetworkNamespace space, string device, string network)
    {
        await _node.RunAsync("ip", "link", "add", device, "type", "veth", "peer", "name", "eth0", "netns", space.Name);
        await _node.RunAsync("ip", "addr", "add", $"10.{network}.0.1/24", "dev", device);
        await _node.RunAsync("ip", "-6", "addr", "add", $"fd0{network}::1/64", "dev", device, "nodad");
        await _node.RunAsync("ip", "link", "set", device, "up");
        await space.RunAsync("ip", "addr", "add", $"10.{network}.0.9/24", "dev", "eth0");
        await space.RunAsync("ip", "-6", "addr", "add", $"fd0{network}::9/64", "dev", "eth0", "nodad");
        await space.RunAsync("ip", "link", "set", "eth0", "up");
        await space.RunAsync("ip", "route", "add", "default", "via", $"10.{network}.0.1");
        await space.RunAsync("ip", "-6", "route", "add", "default", "via", $"fd0{network}::1");
    }

    /// <summary>Event loops dial from the namespace in which they were made, so it is the Linux engine that can be tested within a process.</summary>
    private async Task<ProxyServer> ServeAsync(string node, TcpBackend backend, bool onThisNode)
    {
        ProxyServer server = _node.Inside(() => new ProxyServer(
            EngineFactory.Create(EngineKind.Linux, new EngineOptions { TransparentSource = true }, new RecordingObserver(), NullLoggerFactory.Instance),
            TimeProvider.System,
            NullLoggerFactory.Instance));
        ServiceEntry entry = new()
        {
            Key = ProxyFixture.Key,
            Frontends = [new FrontendEntry(new IPEndPoint(IPAddress.Parse(node), Port), FrontendKind.NodePort)],
            Endpoints = [new EndpointEntry { Address = backend.EndPoint, OnThisNode = onThisNode }],
        };
        Assert.Empty((await _node.InsideAsync(() => server.ApplyAsync(new ServiceTable([entry])))).Failures);
        return server;
    }
}
