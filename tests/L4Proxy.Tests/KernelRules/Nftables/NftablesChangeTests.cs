using System.Net;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Nftables;
using L4Proxy.Testing;
using L4Proxy.Testing.Processes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static L4Proxy.Tests.KernelRules.Nftables.RulesText;

namespace L4Proxy.Tests.KernelRules.Nftables;

/// <summary>The life of a table: changes, leftovers, removal by others, failures. With the real nft, in namespaces of the test's own.</summary>
public sealed class NftablesChangeTests
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    [Fact]
    public async Task AChange_OfAnything_LeavesTheTableAsAFullApplicationWould()
    {
        await using var space = await CreateAsync();
        var tools = new NamespaceTools(space);
        await using NftablesBalancing backend = Backend(tools);
        ServiceRules web = Web(1);
        ServiceRules sticky = Web(2) with { AffinitySeconds = 10 };
        ServiceRules other = Web(3) with { NodePort = 30003, ExternalAddresses = [External("203.0.113.3", "198.51.100.0/24")] };
        IPEndPoint another = IPEndPoint.Parse("10.244.9.9:8080");
        FamilyRules[] states =
        [
            Family(IPFamily.IPv4, web),
            Family(IPFamily.IPv4, web, sticky),
            Family(IPFamily.IPv4, web with { ClusterEndpoints = web.ClusterEndpoints.RemoveAt(0) }, sticky),
            Family(IPFamily.IPv4, web, sticky with { ClusterEndpoints = sticky.ClusterEndpoints.RemoveAt(0) }),
            Family(IPFamily.IPv4, web with { ClusterEndpoints = web.ClusterEndpoints.Add(another) }, sticky, other),
            Family(IPFamily.IPv4, web, sticky with { AffinitySeconds = 20 }, other),
            Family(IPFamily.IPv4, web with { ClusterEndpoints = [], HasAnyEndpoint = false }, sticky with { AffinitySeconds = 0 }, other),
            Family(IPFamily.IPv4, other with { ExternalAddresses = [External("203.0.113.3", "198.51.101.0/24")], NodePort = 30004 }),
            Family(IPFamily.IPv4, web, other) with { PodNetworks = [IPNetwork.Parse("10.244.0.0/16")], NodePortAddresses = [IPAddress.Loopback] },
            Family(IPFamily.IPv4, web with { EndpointsOnThisNode = web.ClusterEndpoints }, Shifted(web)),
            Family(IPFamily.IPv4, Shifted(web)),
            Family(IPFamily.IPv4),
        ];
        foreach (FamilyRules rules in states)
        {
            await backend.ApplyAsync(State(rules), full: false, s_none);
            Assert.Empty(await backend.DiffAsync(State(rules), s_none));
            Assert.True(await backend.IsIntactAsync(s_none));
        }

        Assert.Single(tools.Inputs, i => i?.Contains("delete table", StringComparison.Ordinal) is true);

        static ServiceRules Shifted(ServiceRules service) =>
            service with { Key = service.Key with { Name = "another" }, ClusterIPs = [IPAddress.Parse("10.96.7.7")], EndpointsOnThisNode = service.ClusterEndpoints };
    }

    [Fact]
    public async Task AChangeOfNothing_RunsNothing()
    {
        await using var space = await CreateAsync();
        var tools = new NamespaceTools(space);
        await using NftablesBalancing backend = Backend(tools);
        RulesState state = State(Family(IPFamily.IPv4, Web(1)));
        await backend.ApplyAsync(state, full: false, s_none);
        int runs = tools.Runs.Count;
        await backend.ApplyAsync(state with { }, full: false, s_none);
        Assert.Equal(runs, tools.Runs.Count);
    }

    [Fact]
    public async Task AChange_OfOneEndpoint_IsAsLongWithManyServicesAsWithOne()
    {
        await using var space = await CreateAsync();
        var tools = new NamespaceTools(space);
        await using NftablesBalancing backend = Backend(tools);
        ServiceRules[] services = [.. Enumerable.Range(0, 200).Select(Web)];
        await backend.ApplyAsync(State(Family(IPFamily.IPv4, services)), full: false, s_none);
        services[100] = services[100] with { ClusterEndpoints = services[100].ClusterEndpoints.RemoveAt(2) };
        await backend.ApplyAsync(State(Family(IPFamily.IPv4, services)), full: false, s_none);

        string change = tools.Inputs[^1]!;
        Assert.Equal(
            """
            add chain ip l4proxy pick-2
            delete element ip l4proxy service-ips {
            	10.96.1.100 . tcp . 80,
            }
            delete element ip l4proxy endpoints-2 {
            	10.96.1.100 . tcp . 80,
            }
            add rule ip l4proxy pick-2 numgen random mod 2 vmap { 0 : goto dnat-0, 1 : goto dnat-1 } comment "one of 2 at random"
            add element ip l4proxy service-ips {
            	10.96.1.100 . tcp . 80 comment "demo/web100:http" : goto pick-2,
            }

            """,
            change,
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public async Task Pins_SurviveOtherEndpointsAndARestart_AndEndWithTheirEndpointOrTimeout()
    {
        await using var node = await NftablesNode.CreateAsync(IPFamily.IPv4);
        await using NftablesBalancing backend = Backend(new NamespaceTools(node.Node));
        ServiceRules sticky = Service("sticky", node.Service(1), node.Socket(node.LocalEndpoint, 8080), node.Socket(node.RemoteEndpoint, 8080)) with
        {
            AffinitySeconds = 100,
        };
        await backend.ApplyAsync(State(Family(IPFamily.IPv4, sticky)), full: false, s_none);
        string first = await TryAsync();
        int pinned = first.StartsWith(node.LocalEndpoint, StringComparison.Ordinal) ? 0 : 1;

        // The other endpoint goes, comes back beside a third: none of it concerns the pin.
        ServiceRules alone = sticky with { ClusterEndpoints = sticky.ClusterEndpoints.RemoveAt(1 - pinned) };
        await backend.ApplyAsync(State(Family(IPFamily.IPv4, alone)), full: false, s_none);
        await backend.ApplyAsync(State(Family(IPFamily.IPv4, sticky)), full: false, s_none);
        await backend.ApplyAsync(State(Family(IPFamily.IPv4, sticky)), full: true, s_none);
        await using (NftablesBalancing restarted = Backend(new NamespaceTools(node.Node)))
        {
            await restarted.ApplyAsync(State(Family(IPFamily.IPv4, sticky)), full: false, s_none);
        }

        for (int i = 0; i < 12; i++)
        {
            Assert.Equal(first, await TryAsync());
        }

        Assert.Equal(1, await PinsAsync());
        await backend.ApplyAsync(State(Family(IPFamily.IPv4, sticky with { AffinitySeconds = 200 })), full: false, s_none);
        Assert.Equal(0, await PinsAsync());
        _ = await TryAsync();
        Assert.Equal(1, await PinsAsync());
        await backend.ApplyAsync(State(Family(IPFamily.IPv4, sticky with { ClusterEndpoints = [] })), full: false, s_none);
        Assert.Equal(0, await PinsAsync());

        Task<string> TryAsync() => node.TryAsync(node.ClientPod, node.ClientAddress, node.Service(1), 80);
        async Task<int> PinsAsync() => (await node.ReadAsync("nft", "list", "ruleset")).Split("expires").Length - 1;
    }

    [Fact]
    public async Task ALeftover_OfAnEarlierProcess_IsTakenOver()
    {
        await using var space = await CreateAsync();
        await using (NftablesBalancing earlier = Backend(new NamespaceTools(space)))
        {
            await earlier.ApplyAsync(State(Family(IPFamily.IPv4, Web(1), Web(2) with { AffinitySeconds = 10 })), full: false, s_none);
        }

        var tools = new NamespaceTools(space);
        await using NftablesBalancing backend = Backend(tools);
        RulesState state = State(Family(IPFamily.IPv4, Web(3)));
        Assert.NotEmpty(await backend.DiffAsync(state, s_none));
        await backend.ApplyAsync(state, full: false, s_none);
        Assert.Empty(await backend.DiffAsync(state, s_none));
        Assert.DoesNotContain(tools.Inputs, i => i?.Contains("delete table", StringComparison.Ordinal) is true);
    }

    [Theory]
    [InlineData("add set ip l4proxy cluster-ips { type inet_service; }\nadd chain ip l4proxy layout-1")]
    [InlineData("add chain ip l4proxy layout-0\nadd map ip l4proxy service-ips { type inet_service : verdict; }")]
    public async Task ALeftover_OfAnotherLayout_IsReplaced(string leftover)
    {
        await using var space = await CreateAsync();
        var tools = new NamespaceTools(space);
        Assert.True((await tools.RunAsync("nft", ["-f", "-"], $"add table ip l4proxy\n{leftover}\n", TimeSpan.FromSeconds(20), s_none)).Succeeded);
        await using NftablesBalancing backend = Backend(tools);
        RulesState state = State(Family(IPFamily.IPv4, Web(1)));
        await backend.ApplyAsync(state, full: false, s_none);
        Assert.Empty(await backend.DiffAsync(state, s_none));
    }

    [Theory]
    [InlineData("flush ruleset")]
    [InlineData("delete table ip l4proxy")]
    [InlineData("flush table ip l4proxy")]
    [InlineData("flush chain ip l4proxy nat-postrouting")]
    [InlineData("delete chain ip l4proxy nat-prerouting")]
    [InlineData("flush map ip l4proxy endpoints-0")]
    public async Task ARemoval_BySomebodyElse_IsNoticedAndRepaired(string command)
    {
        await using var space = await CreateAsync();
        var tools = new NamespaceTools(space);
        await using NftablesBalancing backend = Backend(tools);
        RulesState state = State(Family(IPFamily.IPv4, Web(1)));
        await backend.ApplyAsync(state, full: false, s_none);
        Task noticed = backend.WaitForRemovalAsync(s_none);
        Assert.False(noticed.IsCompleted);

        await space.RunAsync("nft", command);

        if (!command.StartsWith("flush map", StringComparison.Ordinal))
        {
            // A flush of elements has no event of its own; looking finds it.
            await noticed.WaitAsync(TimeSpan.FromSeconds(20));
        }

        Assert.False(await backend.IsIntactAsync(s_none));
        await backend.ApplyAsync(state, full: true, s_none);
        Assert.True(await backend.IsIntactAsync(s_none));
        Assert.Empty(await backend.DiffAsync(state, s_none));
    }

    [Fact]
    public async Task AFailure_IsOneLineOfNft_AndTheNextApplicationIsFull()
    {
        await using var space = await CreateAsync();
        var tools = new NamespaceTools(space);
        await using NftablesBalancing backend = Backend(tools);
        await backend.ApplyAsync(State(Family(IPFamily.IPv4, Web(1))), full: false, s_none);
        await space.RunAsync("nft", "delete table ip l4proxy");
        RulesState state = State(Family(IPFamily.IPv4, Web(1) with { ClusterEndpoints = [] }));

        RulesException failure = await Assert.ThrowsAsync<RulesException>(() => backend.ApplyAsync(state, full: false, s_none));

        Assert.StartsWith("nft: ", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
        await backend.ApplyAsync(state, full: false, s_none);
        Assert.Empty(await backend.DiffAsync(state, s_none));
    }

    [Fact]
    public async Task TwoTables_OfOthers_StayByteForByte()
    {
        await using var space = await CreateAsync();
        var tools = new NamespaceTools(space);
        await space.RunAsync("nft", "add table ip kube-proxy; add chain ip kube-proxy services; add table ip l4proxy-other");
        string before = (await tools.RunAsync("nft", ["list", "ruleset"], null, TimeSpan.FromSeconds(20), s_none)).Output;
        await using NftablesBalancing backend = Backend(tools);
        await backend.ApplyAsync(State(Family(IPFamily.IPv4, Web(1))), full: false, s_none);
        Assert.True(await backend.CleanUpAsync(s_none));
        Assert.Equal(before, (await tools.RunAsync("nft", ["list", "ruleset"], null, TimeSpan.FromSeconds(20), s_none)).Output);
    }

    private static async Task<NetworkNamespace> CreateAsync()
    {
        Requires.Root();
        Requires.Program("nft");
        return await NetworkNamespace.CreateAsync();
    }

    private static NftablesBalancing Backend(NamespaceTools tools) => new(new RulesOptions(), tools, NullLogger.Instance);

    private static ServiceRules Web(int number) =>
        Service($"web{number}", $"10.96.1.{number}", $"10.244.{number}.1:8080", $"10.244.{number}.2:8080", $"10.244.{number}.3:8080");
}
