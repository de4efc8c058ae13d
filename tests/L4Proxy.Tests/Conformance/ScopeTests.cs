using System.Collections.Immutable;
using System.Net;
using L4Proxy.DataPlane;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>Which endpoints a client gets depends on the frontend that it came to, and on whether it is from inside.</summary>
public sealed class ScopeTests : ConformanceTest
{
    private static NetworkSet Loopback { get; } = NetworkSet.Of([IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")]);

    private static NetworkSet Elsewhere { get; } = NetworkSet.Of([IPNetwork.Parse("203.0.113.0/24")]);

    private static ServiceOptions Sticky { get; } = Service with { Affinity = new AffinityOptions { Kind = AffinityKind.ClientIP } };

    /// <summary>As kube-proxy's short circuit for clients inside the cluster with an external policy Local.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task InsideAndOutside_GetTheirOwnEndpoints_AndAChangeAppliesAtOnce(TestedEngine engine, IPFamily family)
    {
        ProxyFixture proxy = await StartAsync(engine, family, Service, NodePort(family, EndpointScope.Cluster, EndpointScope.Local), Remote(family, "r"), Local(family, "l"));
        IPEndPoint address = proxy.EndPoint;
        Assert.Equal("l", await NamesAsync(address));

        proxy.Inside = Loopback;
        await proxy.ApplyAsync();
        Assert.Equal("lr", await NamesAsync(address));

        proxy.Inside = Elsewhere;
        await proxy.ApplyAsync();
        Assert.Equal("l", await NamesAsync(address));
        Assert.Same(address, proxy.EndPoint);
    }

    /// <summary>Where a route makes a Service's address local, this node's own clients have that very address.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ClientWithTheServicesOwnAddress_IsInside(TestedEngine engine, IPFamily family)
    {
        FrontendEntry external = new(family.AnyPort(), FrontendKind.ExternalIP) { FromInside = EndpointScope.Cluster, FromOutside = EndpointScope.Local };
        ProxyFixture proxy = await StartAsync(engine, family, Service, external, Remote(family, "r"), Local(family, "l"));
        proxy.Inside = Elsewhere;
        await proxy.ApplyAsync();

        Assert.Equal("lr", await NamesAsync(proxy.EndPoint));
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task PolicyChanges_OnALiveListener_SocketAndConnectionsStay(TestedEngine engine, IPFamily family)
    {
        TcpBackend echo = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await StartAsync(engine, family, Service, NodePort(family, EndpointScope.Cluster, EndpointScope.Cluster), Entry(echo, usable: true, local: false));
        IPEndPoint address = proxy.EndPoint;
        TcpPeer client = await ConnectAsync(proxy);
        await PingAsync(client);

        proxy.Change(ProxyFixture.Key, e => e with
        {
            Frontends = [NodePort(family, EndpointScope.Local, EndpointScope.Local)],
            Endpoints = [.. e.Endpoints, Local(family, "l")],
        });
        ApplyResult result = await proxy.ApplyAsync();

        Assert.Equal("l", await NamesAsync(address));
        await PingAsync(client);
        Assert.Same(address, proxy.EndPoint);
        Assert.Empty(result.Changed);
        Assert.Equal(EndpointScope.Local, proxy.Server.Listeners.Single().Frontend.FromOutside);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task LocalWithoutLocalEndpoints_Refuses_UntilThereIsOne(TestedEngine engine, IPFamily family)
    {
        EndpointEntry remote = Remote(family, "r");
        ProxyFixture proxy = await StartAsync(engine, family, Service, NodePort(family, EndpointScope.Local, EndpointScope.Local), remote);
        IPEndPoint address = proxy.EndPoint;
        Assert.False(proxy.Server.Listeners.Single().Open);
        await AssertRefusedAsync(address);

        proxy.Change(ProxyFixture.Key, e => e with { Endpoints = [remote, Local(family, "l")] });
        await proxy.ApplyAsync();
        Assert.Equal("l", await NamesAsync(address));

        proxy.Change(ProxyFixture.Key, e => e with { Endpoints = [remote] });
        await proxy.ApplyAsync();
        Assert.False(proxy.Server.Listeners.Single().Open);
        await AssertRefusedAsync(address);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task OnlyInsideHasEndpoints_OthersAreResetBeforeAnyRead(TestedEngine engine, IPFamily family)
    {
        ProxyFixture proxy = await StartAsync(engine, family, Service, NodePort(family, EndpointScope.Cluster, EndpointScope.Local), Remote(family, "r"));
        IPEndPoint address = proxy.EndPoint;
        Assert.False(proxy.Server.Listeners.Single().Open, "nobody is inside, so nobody has an endpoint");

        proxy.Inside = Elsewhere;
        await proxy.ApplyAsync();
        Assert.True(proxy.Server.Listeners.Single().Open);
        await AssertRefusedAsync(address);
        ConnectionEnd end = await proxy.ExpectEndAsync(CloseReason.NoEndpoint);
        Assert.Equal(0, end.BytesUp);
        Assert.Equal(0, proxy.Service.Totals().UpReceived);

        proxy.Inside = Loopback;
        await proxy.ApplyAsync();
        Assert.Equal("r", await NamesAsync(address));

        proxy.Inside = NetworkSet.Empty;
        await proxy.ApplyAsync();
        Assert.False(proxy.Server.Listeners.Single().Open);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task EndpointChangesItsScopes_NewClientsFollow_AndLiveConnectionsStay(TestedEngine engine, IPFamily family)
    {
        TcpBackend moving = Backend(family, Scripts.Echo);
        EndpointEntry other = Local(family, "l") with { Usable = false };
        ProxyFixture proxy = await StartAsync(
            engine, family, Service with { OnEndpointLeave = EndpointLeaveAction.Reset }, NodePort(family, EndpointScope.Local, EndpointScope.Local), Entry(moving, usable: true, local: true));
        EndpointState state = proxy.StateOf(moving.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        await PingAsync(client);

        proxy.Change(ProxyFixture.Key, e => e with { Endpoints = [Entry(moving, usable: true, local: false), other] });
        await proxy.ApplyAsync();
        Assert.Equal("l", await NamesAsync(proxy.EndPoint));
        await PingAsync(client);
        Assert.Same(state, proxy.StateOf(moving.EndPoint));

        proxy.Change(ProxyFixture.Key, e => e with { Endpoints = [Entry(moving, usable: false, local: true)] });
        await proxy.ApplyAsync();
        TcpPeer again = await ConnectAsync(proxy);
        await PingAsync(again);
        await PingAsync(client);
        Assert.Equal(2, state.Active);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task Affinity_AcrossScopes_PinIsUsedOnlyWhereItsEndpointIsAllowed(TestedEngine engine, IPFamily family)
    {
        EndpointEntry remote = Remote(family, "r");
        EndpointEntry local = Local(family, "l");
        ProxyFixture proxy = await StartAsync(engine, family, Sticky, NodePort(family, EndpointScope.Local, EndpointScope.Local), remote, local);
        proxy.Change(ProxyFixture.Key, e => e with { Frontends = [.. e.Frontends, new FrontendEntry(family.AnyPort(), FrontendKind.ClusterIP)] });
        await proxy.ApplyAsync();
        IPEndPoint nodePort = proxy.EndPointOf(FrontendKind.NodePort);
        IPEndPoint clusterIP = proxy.EndPointOf(FrontendKind.ClusterIP);

        Assert.Equal("l", await NamesAsync(nodePort));
        Assert.Equal("l", await NamesAsync(clusterIP));

        proxy.Change(ProxyFixture.Key, e => e with { Endpoints = [remote, local with { Usable = false }] });
        await proxy.ApplyAsync();
        Assert.Equal("r", await NamesAsync(clusterIP));
        Assert.Equal("l", await NamesAsync(nodePort));
        Assert.Equal("r", await NamesAsync(clusterIP));
    }

    /// <summary>The cluster's clients are spared a dead endpoint; those who have no other are not cut off for it.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task OnlyLocalEndpointIsEjected_LocalClientsStillReachIt(TestedEngine engine, IPFamily family)
    {
        TcpBackend only = Backend(family, Scripts.Say("l"));
        EjectionOptions ejection = new() { BaseTime = TimeSpan.FromHours(1), MaxTime = TimeSpan.FromHours(1) };
        ProxyFixture proxy = await StartAsync(
            engine, family, Service with { Ejection = ejection },
            NodePort(family, EndpointScope.Local, EndpointScope.Local), Remote(family, "r"), Remote(family, "r"), Entry(only, usable: true, local: true));
        proxy.Change(ProxyFixture.Key, e => e with { Frontends = [.. e.Frontends, new FrontendEntry(family.AnyPort(), FrontendKind.ClusterIP)] });
        await proxy.ApplyAsync();
        await only.StopListeningAsync();
        EndpointState state = proxy.StateOf(only.EndPoint);
        while (!state.Ejected)
        {
            Assert.Equal("r", await AskNameAsync(proxy.EndPointOf(FrontendKind.ClusterIP)));
        }

        await AssertRefusedAsync(proxy.EndPointOf(FrontendKind.NodePort));
        Assert.True(state.Ejected);
        only.Resume();
        Assert.Equal("l", await AskNameAsync(proxy.EndPointOf(FrontendKind.NodePort)));
        await Eventually.True(() => !state.Ejected);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task OneOfTwoLocalEndpointsRefuses_LocalClientsGetTheOther(TestedEngine engine, IPFamily family)
    {
        EndpointEntry refused = new() { Address = Refused(family), Usable = false, UsableLocally = true };
        ProxyFixture proxy = await StartAsync(
            engine, family, Service, NodePort(family, EndpointScope.Local, EndpointScope.Local), refused, Local(family, "l"), Remote(family, "r"));
        for (int i = 0; i < 40; i++)
        {
            Assert.Equal("l", await AskNameAsync(proxy.EndPoint));
        }

        EndpointState state = proxy.StateOf(refused.Address);
        Assert.Equal(new EjectionOptions().ConsecutiveFailures, state.DialFailures);
        Assert.True(state.Ejected);
    }

    private static FrontendEntry NodePort(IPFamily family, EndpointScope inside, EndpointScope outside) =>
        new(family.AnyPort(), FrontendKind.NodePort) { FromInside = inside, FromOutside = outside };

    private static EndpointEntry Entry(TcpBackend backend, bool usable, bool local) =>
        new() { Address = backend.EndPoint, Usable = usable, UsableLocally = local };

    /// <summary>All names that answer a few clients, in order, each once.</summary>
    private static async Task<string> NamesAsync(IPEndPoint target)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        for (int i = 0; i < 8; i++)
        {
            names.Add(await AskNameAsync(target));
        }

        return string.Concat(names);
    }

    private static async Task PingAsync(TcpPeer client)
    {
        await client.SendTextAsync("ping");
        Assert.Equal("ping", await client.ReceiveTextAsync(4));
    }

    private EndpointEntry Remote(IPFamily family, string name) => Entry(Backend(family, Scripts.Say(name)), usable: true, local: false);

    private EndpointEntry Local(IPFamily family, string name) => Entry(Backend(family, Scripts.Say(name)), usable: true, local: true);

    private async Task<ProxyFixture> StartAsync(
        TestedEngine engine, IPFamily family, ServiceOptions service, FrontendEntry frontend, params ImmutableArray<EndpointEntry> endpoints)
    {
        ProxyFixture proxy = await ProxyAsync(engine, family, service);
        proxy.Change(ProxyFixture.Key, e => e with { Frontends = [frontend], Endpoints = endpoints });
        Assert.Empty((await proxy.ApplyAsync()).Failures);
        return proxy;
    }
}
