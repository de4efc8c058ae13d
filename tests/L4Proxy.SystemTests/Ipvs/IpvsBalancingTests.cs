using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.DataPlane.Services;
using L4Proxy.SystemTests.Targets;
using L4Proxy.SystemTests.Vm;
using L4Proxy.Testing;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests.Ipvs;

/// <summary>The backend against the real kernel.</summary>
[Collection<AloneCollection>]
public sealed class IpvsBalancingTests
{
    private static readonly IPEndPoint s_service = IPEndPoint.Parse("10.96.0.10:80");
    private static readonly IPEndPoint s_service6 = IPEndPoint.Parse("[fd00:10:96::10]:80");

    [VmFact]
    public async Task Probe_ThisMachine_LacksNothing()
    {
        await using IpvsNode node = await IpvsNode.CreateAsync();

        Assert.Empty(await node.Backend.ProbeAsync(TestContext.Current.CancellationToken));
    }

    [VmFact]
    public async Task Apply_BothFamilies_EachEndpointInTurn_UnlistedPortAndNoEndpointsAreRefused()
    {
        await using IpvsNode node = await IpvsNode.CreateAsync();
        RulesState state = IpvsNode.State(
            node.Service("a", "10.96.0.10"),
            node.Service("a", "fd00:10:96::10"),
            node.Service("none", "10.96.0.11") with { ClusterEndpoints = [], HasAnyEndpoint = false },
            node.Service("none", "fd00:10:96::11") with { ClusterEndpoints = [], HasAnyEndpoint = false });

        await node.ApplyAsync(state);

        Assert.Empty(await node.Backend.DiffAsync(state, TestContext.Current.CancellationToken));
        Assert.True(await node.Backend.IsIntactAsync(TestContext.Current.CancellationToken));
        Assert.Equal([2, 2, 2], (await IpvsNode.CountAsync(s_service, 6)).Values);
        Assert.Equal([2, 2, 2], (await IpvsNode.CountAsync(s_service6, 6)).Values);
        Assert.Equal(3, (await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => node.AskFromOutsideAsync(s_service)))).Distinct(StringComparer.Ordinal).Count());
        foreach (string refused in (string[])["10.96.0.10:81", "[fd00:10:96::10]:81", "10.96.0.11:80", "[fd00:10:96::11]:80"])
        {
            Assert.Equal(SocketError.ConnectionRefused, await IpvsNode.FailAsync(IPEndPoint.Parse(refused)));
        }
    }

    [VmFact]
    public async Task Apply_ServerOfTheHostOnAllAddresses_IsNotReachedByServiceAddresses()
    {
        await using IpvsNode node = await IpvsNode.CreateAsync();
        using TcpListener daemon = new(IPAddress.Any, 81);
        daemon.Start();

        await node.ApplyAsync(IpvsNode.State(node.Service("a", "10.96.0.10")));

        using TcpPeer reached = await TcpPeer.ConnectAsync(new IPEndPoint(IpvsNode.NodeAddress, 81));
        Assert.Equal(SocketError.ConnectionRefused, await IpvsNode.FailAsync(IPEndPoint.Parse("10.96.0.10:81")));
    }

    [VmFact]
    public async Task Apply_EndpointLeaves_ItsConnectionsGoOn_NewOnesGoElsewhere_AndItGoesWhenIdle()
    {
        await using IpvsNode node = await IpvsNode.CreateAsync();
        ServiceRules service = node.Service("a", "10.96.0.10");
        await node.ApplyAsync(IpvsNode.State(service));
        (TcpPeer client, string name) = await IpvsNode.ConnectAsync(s_service);
        ServiceRules without = service with { ClusterEndpoints = [.. service.ClusterEndpoints.Where(e => e.Address.ToString() != name)] };

        await node.ApplyAsync(IpvsNode.State(without));

        Assert.DoesNotContain(name, (await IpvsNode.CountAsync(s_service, 6)).Keys);
        await EchoAsync(client);
        Assert.Contains($"-r {name}:8080 -m -w 0", await ServersAsync(), StringComparison.Ordinal);
        Assert.Empty(await node.Backend.DiffAsync(IpvsNode.State(without), TestContext.Current.CancellationToken));

        client.Reset();
        await Eventually.True(() => !ConnectionsOf(name), limit: TimeSpan.FromSeconds(60));
        node.Time.Advance(TimeSpan.FromMinutes(1));
        await Eventually.True(() => !ServersAsync().GetAwaiter().GetResult().Contains($"-r {name}:8080", StringComparison.Ordinal));
    }

    [VmFact]
    public async Task Apply_AfterRestart_EndpointThatDrained_DrainsOn_AndIsTakenBack()
    {
        await using IpvsNode node = await IpvsNode.CreateAsync();
        ServiceRules service = node.Service("a", "10.96.0.10");
        await node.ApplyAsync(IpvsNode.State(service));
        (TcpPeer client, string name) = await IpvsNode.ConnectAsync(s_service);
        ServiceRules without = service with { ClusterEndpoints = [.. service.ClusterEndpoints.Where(e => e.Address.ToString() != name)] };
        await node.ApplyAsync(IpvsNode.State(without));

        await node.RestartAsync();
        await node.ApplyAsync(IpvsNode.State(without));
        Assert.Contains($"-r {name}:8080 -m -w 0", await ServersAsync(), StringComparison.Ordinal);
        await EchoAsync(client);

        await node.ApplyAsync(IpvsNode.State(service));
        Assert.Contains($"-r {name}:8080 -m -w 1", await ServersAsync(), StringComparison.Ordinal);
        await EchoAsync(client);
        client.Dispose();
    }

    [VmFact]
    public async Task Apply_AllFlushedByOthers_IsNotIntact_AndFullApplicationMends()
    {
        await using IpvsNode node = await IpvsNode.CreateAsync();
        RulesState state = IpvsNode.State(node.Service("a", "10.96.0.10"));
        foreach (string[] damage in (string[][])
            [["ipvsadm", "-C"], ["iptables", "-t", "nat", "-F"], ["ipset", "flush"], ["ip", "address", "flush", "dev", "l4p-ipvs0"], ["ip", "link", "delete", "l4p-ipvs0"]])
        {
            await node.ApplyAsync(state, full: true);
            Assert.True(await node.Backend.IsIntactAsync(TestContext.Current.CancellationToken));
            await ChildProcess.RunAsync(damage);

            Assert.False(await node.Backend.IsIntactAsync(TestContext.Current.CancellationToken), string.Join(' ', damage));
            Assert.NotEmpty(await node.Backend.DiffAsync(state, TestContext.Current.CancellationToken));
            await node.ApplyAsync(state, full: true);
            Assert.Empty(await node.Backend.DiffAsync(state, TestContext.Current.CancellationToken));
            Assert.NotEmpty(await IpvsNode.AskAsync(s_service));
        }
    }

    [VmFact]
    public async Task WaitForRemoval_DeviceDeleted_Completes()
    {
        await using IpvsNode node = await IpvsNode.CreateAsync();
        await node.ApplyAsync(IpvsNode.State(node.Service("a", "10.96.0.10")));
        Task waiting = node.Backend.WaitForRemovalAsync(TestContext.Current.CancellationToken);

        // Until it listens it hears nothing, and says nothing when it does.
        await Eventually.True(() =>
        {
            ChildProcess.RunAsync("sh", "-c", "ip address delete 10.96.0.10/32 dev l4p-ipvs0 || ip address add 10.96.0.10/32 dev l4p-ipvs0").GetAwaiter().GetResult();
            return waiting.IsCompleted;
        });

        await waiting;
    }

    [VmFact]
    public async Task Apply_FullWhileConnected_ConnectionIsUntouched()
    {
        await using IpvsNode node = await IpvsNode.CreateAsync();
        RulesState state = IpvsNode.State(node.Service("a", "10.96.0.10"));
        await node.ApplyAsync(state);
        (TcpPeer client, _) = await IpvsNode.ConnectAsync(s_service);

        await node.ApplyAsync(state, full: true);
        await node.RestartAsync();
        await node.ApplyAsync(state);

        await EchoAsync(client);
        client.Dispose();
    }

    [VmFact]
    public async Task Apply_AllSchedulers_AreWhatTheKernelHas_AndServe()
    {
        await using IpvsNode node = await IpvsNode.CreateAsync();
        foreach (IpvsScheduler scheduler in Enum.GetValues<IpvsScheduler>())
        {
            ServiceRules service = node.Service("a", "10.96.0.10") with { Options = ServiceOptions.Default with { IpvsScheduler = scheduler } };
            await node.ApplyAsync(IpvsNode.State(service));

            Assert.Empty(await node.Backend.DiffAsync(IpvsNode.State(service), TestContext.Current.CancellationToken));
            Assert.NotEmpty(await IpvsNode.AskAsync(s_service));
        }
    }

    [VmFact]
    public async Task Apply_WeightsAndAffinity_AreHonoured()
    {
        await using IpvsNode node = await IpvsNode.CreateAsync();
        ServiceRules service = node.Service("a", "10.96.0.10");
        ServiceRules weighted = service with
        {
            Options = ServiceOptions.Default with { IpvsScheduler = IpvsScheduler.WeightedRoundRobin },
            Weights = ImmutableDictionary<IPEndPoint, int>.Empty.Add(service.ClusterEndpoints[0], 4),
        };
        await node.ApplyAsync(IpvsNode.State(weighted));
        Assert.Equal([2, 2, 8], (await IpvsNode.CountAsync(s_service, 12)).Values.Order());

        await node.ApplyAsync(IpvsNode.State(service with { AffinitySeconds = 300 }));
        Assert.Single(await IpvsNode.CountAsync(s_service, 6));
    }

    [VmFact]
    public async Task Apply_NodePortAndExternalIP_ServeThoseOutside()
    {
        await using IpvsNode node = await IpvsNode.CreateAsync();
        ServiceRules service = node.Service("a", "10.96.0.10") with
        {
            NodePort = 30080,
            ExternalAddresses = [new ExternalAddress(IPAddress.Parse("192.0.2.10"), FrontendKind.ExternalIP, NetworkSet.Empty)],
        };
        await node.ApplyAsync(IpvsNode.State(service));

        Assert.NotEmpty(await node.AskFromOutsideAsync(new IPEndPoint(IpvsNode.NodeAddress, 30080)));
        Assert.NotEmpty(await node.AskFromOutsideAsync(IPEndPoint.Parse("192.0.2.10:80")));
        Assert.NotEmpty(await IpvsNode.AskAsync(new IPEndPoint(IpvsNode.NodeAddress, 30080)));
        Assert.NotEmpty(await IpvsNode.AskAsync(IPEndPoint.Parse("10.244.1.1:30080")));
    }

    [VmFact]
    public async Task CleanUp_AfterApplicationByAnother_HostIsAsBefore_AndOthersServersStay()
    {
        await using IpvsNode node = await IpvsNode.CreateAsync();
        await ChildProcess.RunAsync("ipvsadm", "-A", "-t", "198.51.100.1:80", "-s", "wlc", "-p", "77");
        string before = await HostAsync();
        ServiceRules service = node.Service("a", "10.96.0.10") with { NodePort = 30080 };
        await node.ApplyAsync(IpvsNode.State(service, node.Service("a", "fd00:10:96::10")));
        await node.ApplyAsync(IpvsNode.State(service with { Port = 81 }));
        Assert.NotEqual(before, await HostAsync());
        await node.RestartAsync();

        Assert.True(await node.Backend.CleanUpAsync(TestContext.Current.CancellationToken));

        Assert.Equal(before, await HostAsync());
        Assert.False(await node.Backend.CleanUpAsync(TestContext.Current.CancellationToken));
        await ChildProcess.RunAsync("ipvsadm", "-D", "-t", "198.51.100.1:80");
    }

    private static Task<string> ServersAsync() => ChildProcess.RunAsync("ipvsadm", "-Sn");

    /// <summary>Whether IPVS knows of connections to an endpoint.</summary>
    private static bool ConnectionsOf(string endpoint) => ChildProcess.RunAsync("ipvsadm", "-Lcn").GetAwaiter().GetResult()
        .Contains($" {endpoint}:8080", StringComparison.Ordinal);

    private static async Task EchoAsync(TcpPeer client)
    {
        await client.SendTextAsync("still there?");
        Assert.Equal("still there?", await client.ReceiveTextAsync("still there?".Length));
    }

    private static async Task<string> HostAsync() => await HostState.ReadAsync() + await ChildProcess.RunAsync(
        "sh", "-c", "cd /proc/sys/net/ipv4; grep . ip_forward conf/all/arp_ignore vs/conntrack vs/expire_nodest_conn vs/expire_quiescent_template");
}
