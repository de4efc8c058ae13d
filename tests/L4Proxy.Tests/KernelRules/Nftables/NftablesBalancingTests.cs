using System.Net;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Nftables;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static L4Proxy.Tests.KernelRules.Nftables.RulesText;

namespace L4Proxy.Tests.KernelRules.Nftables;

/// <summary>What clients get from rules of the real kernel, in network namespaces of the test's own.</summary>
public sealed class NftablesBalancingTests
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    [Theory]
    [InlineData(IPFamily.IPv4)]
    [InlineData(IPFamily.IPv6)]
    public async Task Targets_OfEachKind_GiveWhatKubeProxyGives(IPFamily family)
    {
        await using var node = await NftablesNode.CreateAsync(family);
        await using var backend = Backend(node);
        Assert.Empty(await backend.ProbeAsync(s_none));
        string before = await node.ReadAsync("nft", "list", "ruleset");
        RulesState state = State(Rules(node));
        await backend.ApplyAsync(state, full: false, s_none);

        string local = node.LocalEndpoint;
        string remote = node.RemoteEndpoint;
        string pod = node.ClientAddress;
        string any(string client) => Of(local, client == "masquerade" ? node.Gateway : client, remote, client == "masquerade" ? node.NodeAddress : client);
        string[] actual =
        [
            $"pod web: {await FromPod(node.Service(1), 80)}",
            $"pod itself: {await node.TryOftenAsync(node.LocalPod, local, node.Service(1), 80)}",
            $"node web: {await node.TryOftenAsync(node.Node, node.NodeAddress, node.Service(1), 80)}",
            $"outside web: {await FromOutside(node.Service(1), 80)}",
            $"pod nodePort: {await FromPod(node.NodeAddress, 30080)}",
            $"pod nodePort on gateway: {await FromPod(node.Gateway, 30080)}",
            $"outside nodePort: {await FromOutside(node.NodeAddress, 30080)}",
            $"pod external local: {await FromPod(node.External(2), 80)}",
            $"node external local: {await node.TryOftenAsync(node.Node, node.NodeAddress, node.External(2), 80)}",
            $"outside external local: {await FromOutside(node.External(2), 80)}",
            $"outside nodePort local: {await FromOutside(node.NodeAddress, 30082)}",
            $"outside external: {await FromOutside(node.External(1), 80)}",
            $"pod external, not admitted: {await FromPod(node.External(1), 80)}",
            $"pod empty: {await FromPod(node.Service(3), 80)}",
            $"node empty: {await node.TryOftenAsync(node.Node, node.NodeAddress, node.Service(3), 80)}",
            $"outside empty nodePort: {await FromOutside(node.NodeAddress, 30083)}",
            $"outside empty external: {await FromOutside(node.External(3), 80)}",
            $"pod remote external local: {await FromPod(node.External(4), 80)}",
            $"outside remote external local: {await FromOutside(node.External(4), 80)}",
            $"pod internal local elsewhere: {await FromPod(node.Service(5), 80)}",
            $"pod port not served: {await FromPod(node.Service(1), 81)}",
            $"node port not served: {await node.TryOftenAsync(node.Node, node.NodeAddress, node.Service(1), 81)}",
            $"pod unallocated: {await FromPod(node.Service(99), 80)}",
            $"pod nodePort not served: {await FromPod(node.NodeAddress, 31999)}",
        ];
        string[] expected =
        [
            $"pod web: {any(pod)}",
            $"pod itself: {Of(local, node.Gateway, remote, local)}",
            $"node web: {any("masquerade")}",
            $"outside web: {any("masquerade")}",
            $"pod nodePort: {any("masquerade")}",
            "pod nodePort on gateway: refused",
            $"outside nodePort: {any("masquerade")}",
            $"pod external local: {any(pod)}",
            $"node external local: {any("masquerade")}",
            $"outside external local: {local} saw {node.OutsideAddress}",
            $"outside nodePort local: {local} saw {node.OutsideAddress}",
            $"outside external: {any("masquerade")}",
            "pod external, not admitted: timeout",
            "pod empty: refused",
            "node empty: refused",
            "outside empty nodePort: refused",
            "outside empty external: refused",
            $"pod remote external local: {remote} saw {pod}",
            "outside remote external local: timeout",
            "pod internal local elsewhere: timeout",
            "pod port not served: refused",
            "node port not served: refused",
            "pod unallocated: timeout",
            "pod nodePort not served: refused",
        ];
        Assert.Equal(expected, actual);

        Assert.Empty(await backend.DiffAsync(state, s_none));
        Assert.True(await backend.IsIntactAsync(s_none));
        Assert.True(await backend.CleanUpAsync(s_none));
        Assert.False(await backend.CleanUpAsync(s_none));
        Assert.Equal(before, await node.ReadAsync("nft", "list", "ruleset"));

        Task<string> FromPod(string address, int port) => node.TryOftenAsync(node.ClientPod, node.ClientAddress, address, port);
        Task<string> FromOutside(string address, int port) => node.TryOftenAsync(node.Outside, node.OutsideAddress, address, port);
    }

    private static string Of(string first, string firstClient, string second, string secondClient) =>
        string.Join(" | ", ((string[])[$"{first} saw {firstClient}", $"{second} saw {secondClient}"]).Order(StringComparer.Ordinal));

    private static NftablesBalancing Backend(NftablesNode node) =>
        new(new RulesOptions(), new NamespaceTools(node.Node), NullLogger.Instance);

    private static FamilyRules Rules(NftablesNode node)
    {
        string local = node.Socket(node.LocalEndpoint, 8080);
        string remote = node.Socket(node.RemoteEndpoint, 8080);
        ServiceRules web = Service("web", node.Service(1), local, remote) with
        {
            NodePort = 30080,
            ExternalAddresses = [External(node.External(1), $"{node.OutsideAddress}/{(node.IsIPv6 ? 128 : 32)}")],
            LocalEndpoints = [IPEndPoint.Parse(local)],
            EndpointsOnThisNode = [IPEndPoint.Parse(local)],
        };
        ServiceRules localPolicy = web with
        {
            Key = web.Key with { Name = "local" },
            ClusterIPs = [IPAddress.Parse(node.Service(2))],
            ExternalAddresses = [External(node.External(2))],
            NodePort = 30082,
            ExternalScope = EndpointScope.Local,
        };
        ServiceRules empty = Service("empty", node.Service(3)) with { NodePort = 30083, ExternalAddresses = [External(node.External(3))] };
        ServiceRules elsewhere = Service("elsewhere", node.Service(4), remote) with
        {
            ExternalAddresses = [External(node.External(4))],
            ExternalScope = EndpointScope.Local,
        };
        ServiceRules internalElsewhere = Service("internal", node.Service(5), remote) with { InternalScope = EndpointScope.Local };
        return Family(node.IsIPv6 ? IPFamily.IPv6 : IPFamily.IPv4, web, localPolicy, empty, elsewhere, internalElsewhere) with
        {
            PodNetworks = [IPNetwork.Parse(node.PodNetwork)],
            ServiceNetworks = [IPNetwork.Parse(node.ServiceNetwork)],
            NodePortAddresses = [IPAddress.Parse(node.NodeAddress)],
        };
    }
}
