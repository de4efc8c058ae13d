using System.Net;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Nftables;
using L4Proxy.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static L4Proxy.Tests.KernelRules.Nftables.RulesText;

namespace L4Proxy.Tests.KernelRules.Nftables;

/// <summary>What reaches the capture port, in network namespaces of the test's own; a plain listener stands for the proxy.</summary>
public sealed class NftablesCaptureTests
{
    private const int CapturePort = 10261;
    private static readonly CancellationToken s_none = CancellationToken.None;

    [Theory]
    [InlineData(IPFamily.IPv4, false)]
    [InlineData(IPFamily.IPv6, false)]
    [InlineData(IPFamily.IPv4, true)]
    [InlineData(IPFamily.IPv6, true)]
    public async Task Connections_OfEachKindOfClient_ReachTheCapturePort(IPFamily family, bool withoutGatewayAddress)
    {
        await using var node = await NftablesNode.CreateAsync(family, withoutGatewayAddress);
        node.Serve(node.Node, node.IsIPv6 ? "::" : "0.0.0.0", CapturePort);
        await using var backend = Backend(node);
        Assert.Empty(await backend.ProbeAsync(s_none));
        string before = await node.ReadAsync("nft", "list", "ruleset");
        RulesState state = State(Rules(node));
        await backend.ApplyAsync(state, full: false, s_none);

        string loopback = node.IsIPv6 ? "::1" : "127.0.0.1";
        Assert.EndsWith($" saw {node.ClientAddress}", await FromPod(node.Service(1), 80), StringComparison.Ordinal);
        Assert.EndsWith($" saw {node.OutsideAddress}", await FromOutside(node.Service(1), 80), StringComparison.Ordinal);
        Assert.Equal($"{loopback} saw {node.NodeAddress}", await FromNode(node.NodeAddress, node.Service(1), 80));
        Assert.EndsWith($" saw {node.OutsideAddress}", await FromOutside(node.External(1), 80), StringComparison.Ordinal);
        Assert.EndsWith($" saw {node.OutsideAddress}", await FromOutside(node.NodeAddress, 30080), StringComparison.Ordinal);
        Assert.EndsWith($" saw {node.ClientAddress}", await FromPod(node.NodeAddress, 30080), StringComparison.Ordinal);
        Assert.Equal($"{loopback} saw {loopback}", await FromNode(loopback, loopback, 30080));
        Assert.Equal("refused", await FromPod(node.Service(2), 80));
        Assert.Equal("refused", await FromNode(node.NodeAddress, node.Service(2), 80));
        Assert.Equal("refused", await FromOutside(node.NodeAddress, 30082));
        Assert.Equal("refused", await FromPod(node.Service(1), 81));
        Assert.Equal("timeout", await FromPod(node.Service(99), 80));
        Assert.Equal("refused", await FromPod(node.NodeAddress, 31999));

        Assert.Empty(await backend.DiffAsync(state, s_none));
        Assert.True(await backend.IsIntactAsync(s_none));
        Assert.True(await backend.CleanUpAsync(s_none));
        Assert.Equal(before, await node.ReadAsync("nft", "list", "ruleset"));

        Task<string> FromPod(string address, int port) => node.TryAsync(node.ClientPod, node.ClientAddress, address, port);
        Task<string> FromOutside(string address, int port) => node.TryAsync(node.Outside, node.OutsideAddress, address, port);
        Task<string> FromNode(string source, string address, int port) => node.TryAsync(node.Node, source, address, port);
    }

    [Fact]
    public async Task ANodePort_OnOneAddress_LeavesOtherAddressesAlone()
    {
        await using var node = await NftablesNode.CreateAsync(IPFamily.IPv4);
        node.Serve(node.Node, "0.0.0.0", CapturePort);
        node.Serve(node.Node, node.Gateway, 30080);
        await using var backend = Backend(node);
        FamilyRules rules = Rules(node) with { NodePortsOnAllAddresses = false, NodePortAddresses = [IPAddress.Parse(node.NodeAddress)] };
        await backend.ApplyAsync(State(rules), full: false, s_none);

        Assert.EndsWith($" saw {node.ClientAddress}", await node.TryAsync(node.ClientPod, node.ClientAddress, node.NodeAddress, 30080), StringComparison.Ordinal);
        Assert.Equal(
            $"{node.Gateway} saw {node.ClientAddress}", await node.TryAsync(node.ClientPod, node.ClientAddress, node.Gateway, 30080));
        Assert.Equal("refused", await node.TryAsync(node.Node, "127.0.0.1", "127.0.0.1", 30080));
    }

    [Fact]
    public async Task AnEmptyState_WhileDraining_CapturesNothingAndKeepsConnections()
    {
        await using var node = await NftablesNode.CreateAsync(IPFamily.IPv4);
        using var listener = node.Node.Inside(() => new TcpListenerOn(IPAddress.Any, CapturePort));
        await using var backend = Backend(node);
        await backend.ApplyAsync(State(Rules(node)), full: false, s_none);
        using var connection = await node.ClientPod.InsideAsync(() => TcpListenerOn.ConnectAsync(node.Service(1), 80));
        using var accepted = await listener.AcceptAsync();

        await backend.ApplyAsync(State(Rules(node) with { Services = [] }), full: false, s_none);

        await TcpListenerOn.EchoAsync(connection, accepted);
        Assert.Equal("timeout", await node.TryAsync(node.ClientPod, node.ClientAddress, node.Service(99), 80));
        Assert.Equal("refused", await node.TryAsync(node.ClientPod, node.ClientAddress, node.NodeAddress, 30080));
    }

    [Fact]
    public async Task TransparentSource_LeadsTheWayBack_AndCleansUpAfterwards()
    {
        await using var node = await NftablesNode.CreateAsync(IPFamily.IPv4);
        string rulesBefore = await node.ReadAsync("ip", "rule");
        await using var backend = Backend(node, transparent: true);
        Assert.Empty(await backend.ProbeAsync(s_none));
        RulesState state = State(Rules(node));
        await backend.ApplyAsync(state, full: false, s_none);

        Assert.Contains("socket transparent 1", await node.ReadAsync("nft", "list", "table", "ip", "l4proxy-capture"), StringComparison.Ordinal);
        Assert.NotEqual(rulesBefore, await node.ReadAsync("ip", "rule"));
        Assert.Empty(await backend.DiffAsync(state, s_none));
        Assert.True(await backend.IsIntactAsync(s_none));
        await node.Node.RunAsync("ip", "rule", "del", "priority", "10261");
        Assert.False(await backend.IsIntactAsync(s_none));
        Assert.True(await backend.CleanUpAsync(s_none));
        Assert.Equal(rulesBefore, await node.ReadAsync("ip", "rule"));
    }

    [Fact]
    public async Task TheTarget_ThatTheHostLoses_IsReplaced()
    {
        await using var node = await NftablesNode.CreateAsync(IPFamily.IPv4);
        node.Serve(node.Node, "0.0.0.0", CapturePort);
        await using var backend = Backend(node);
        RulesState state = State(Rules(node));
        await backend.ApplyAsync(state, full: false, s_none);
        await node.Node.RunAsync("ip", "addr", "add", "192.168.78.1/24", "dev", "eth0");
        await node.Node.RunAsync("ip", "addr", "del", "192.168.77.1/24", "dev", "eth0");
        Assert.False(await backend.IsIntactAsync(s_none));

        await backend.ApplyAsync(state, full: true, s_none);

        Assert.EndsWith($" saw {node.ClientAddress}", await node.TryAsync(node.ClientPod, node.ClientAddress, node.Service(1), 80), StringComparison.Ordinal);
    }

    private static NftablesCapture Backend(NftablesNode node, bool transparent = false) =>
        new(new RulesOptions { CapturePort = CapturePort, TransparentSource = transparent }, new NamespaceTools(node.Node), NullLogger.Instance);

    private static FamilyRules Rules(NftablesNode node)
    {
        string local = node.Socket(node.LocalEndpoint, 8080);
        ServiceRules web = Service("web", node.Service(1), local) with { NodePort = 30080, ExternalAddresses = [External(node.External(1))] };
        ServiceRules empty = Service("empty", node.Service(2)) with { NodePort = 30082 };
        return Family(node.IsIPv6 ? IPFamily.IPv6 : IPFamily.IPv4, web, empty) with
        {
            PodNetworks = [IPNetwork.Parse(node.PodNetwork)],
            ServiceNetworks = [IPNetwork.Parse(node.ServiceNetwork)],
            NodePortsOnAllAddresses = true,
        };
    }
}
