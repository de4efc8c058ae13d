using System.Collections.Immutable;
using System.Net;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>A Service of both families: a client gets endpoints of its own, an IPv4 client of a dual-stack socket those of IPv4.</summary>
public sealed class FamilyTests : ConformanceTest
{
    private static NetworkSet Loopback { get; } = NetworkSet.Of([IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")]);

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ListenerOfOneFamily_ServesItFromItsOwnEndpoints(TestedEngine engine, IPFamily family)
    {
        ProxyFixture proxy = await StartAsync(engine, family, Service, family.Loopback(), Say(family, "a"), Say(family, "b"), Say(family.Other(), "x"));
        Assert.Equal("ab", await NamesAsync(proxy.EndPoint));
    }

    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task DualStackListener_ServesEachClientFromItsFamily(TestedEngine engine, IPFamily family)
    {
        ProxyFixture proxy = await StartAsync(
            engine, family, Service, IPAddress.IPv6Any, Say(IPFamily.IPv4, "a"), Say(IPFamily.IPv6, "x"), Say(IPFamily.IPv4, "b"), Say(IPFamily.IPv6, "y"));
        Assert.Equal("ab", await NamesAsync(At(proxy, IPFamily.IPv4)));
        Assert.Equal("xy", await NamesAsync(At(proxy, IPFamily.IPv6)));

        proxy.Change(ProxyFixture.Key, e => e with { SameFamily = false });
        await proxy.ApplyAsync();
        Assert.Equal("abxy", await NamesAsync(At(proxy, IPFamily.IPv4)));
        Assert.Equal("abxy", await NamesAsync(At(proxy, IPFamily.IPv6)));
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task DualStackListener_WithEndpointsOfOneFamily_ResetsTheOthersBeforeAnyRead(TestedEngine engine, IPFamily family)
    {
        EndpointEntry other = Say(family.Other(), "x");
        ProxyFixture proxy = await StartAsync(engine, family, Service, IPAddress.IPv6Any, Say(family, "a"));
        IPEndPoint own = At(proxy, family);
        IPEndPoint others = At(proxy, family.Other());
        Assert.Equal("a", await AskNameAsync(own));
        await proxy.ExpectEndAsync(CloseReason.Finished);
        await AssertRefusedAsync(others);
        ConnectionEnd end = await proxy.ExpectEndAsync(CloseReason.NoEndpoint);
        Assert.Equal(0, end.BytesUp);
        Assert.Equal(0, proxy.Service.Totals().UpReceived);

        await SetEndpointsAsync(proxy, [.. proxy.Service.Entry.Endpoints, other]);
        Assert.Equal("x", await AskNameAsync(others));
        Assert.Equal("a", await AskNameAsync(own));

        await SetEndpointsAsync(proxy, [other]);
        await AssertRefusedAsync(own);
        Assert.Equal("x", await AskNameAsync(others));

        await SetEndpointsAsync(proxy, []);
        Assert.False(proxy.Server.Listeners.Single().Open);
        await AssertRefusedAsync(own);
        await AssertRefusedAsync(others);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ListenerOfOneFamily_WithEndpointsOfTheOther_Refuses_UntilThereIsOne(TestedEngine engine, IPFamily family)
    {
        EndpointEntry other = Say(family.Other(), "x");
        ProxyFixture proxy = await StartAsync(engine, family, Service, family.Loopback(), other);
        IPEndPoint address = proxy.EndPoint;
        Assert.False(proxy.Server.Listeners.Single().Open);
        await AssertRefusedAsync(address);

        EndpointEntry own = Say(family, "a");
        await SetEndpointsAsync(proxy, [other, own]);
        Assert.Equal("a", await NamesAsync(address));

        await SetEndpointsAsync(proxy, [other, own with { Usable = false }]);
        Assert.False(proxy.Server.Listeners.Single().Open);
        await AssertRefusedAsync(address);
        Assert.Same(address, proxy.EndPoint);
    }

    /// <summary>Endpoints of one family come and go; the other's clients keep their connections, their pin and their turn.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task EndpointChurn_InOneFamily_DoesNotTouchTheOther(TestedEngine engine, IPFamily family)
    {
        TcpBackend echo = Backend(family.Other(), Scripts.Echo);
        ServiceOptions sticky = Service with
        {
            Affinity = new AffinityOptions { Kind = AffinityKind.ClientIP },
            OnEndpointLeave = EndpointLeaveAction.Reset,
        };
        EndpointEntry[] own = [Say(family, "a"), Say(family, "b"), Say(family, "c")];
        EndpointEntry other = new() { Address = echo.EndPoint };
        ProxyFixture proxy = await StartAsync(engine, family, sticky, IPAddress.IPv6Any, [.. own, other]);
        TcpPeer client = await ConnectAsync(At(proxy, family.Other()));
        await PingAsync(client);
        for (int i = 0; i < 12; i++)
        {
            EndpointEntry left = own[i % own.Length];
            await SetEndpointsAsync(proxy, [.. own.Where(e => e != left), other]);
            string pinned = await AskNameAsync(At(proxy, family));
            Assert.Equal(pinned, await NamesAsync(At(proxy, family)));
            await PingAsync(client);
            await PingAsync(await ConnectAsync(At(proxy, family.Other())));
        }

        Assert.Equal(13, proxy.StateOf(echo.EndPoint).Active);
        Assert.Equal(13, proxy.StateOf(echo.EndPoint).Connections);
    }

    /// <summary>A family whose endpoints are all dead is not led over to the other, nor does it eject anything there.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task OneFamilyDead_ItsClientsFail_AndTheOthersAreServed(TestedEngine engine, IPFamily family)
    {
        ProxyFixture proxy = await StartAsync(
            engine, family, Service, IPAddress.IPv6Any,
            new EndpointEntry { Address = Refused(family) }, new EndpointEntry { Address = Refused(family) }, Say(family.Other(), "x"), Say(family.Other(), "y"));
        for (int i = 0; i < 8; i++)
        {
            await AssertRefusedAsync(At(proxy, family));
            await proxy.ExpectEndAsync(CloseReason.ConnectFailed);
        }

        Assert.Equal(1, proxy.Service.Endpoints.Count(e => e.Ejected));
        Assert.Equal("xy", await NamesAsync(At(proxy, family.Other())));
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task LocalOfOneFamily_WithClientsFromInside_DecidesScopeAndFamily(TestedEngine engine, IPFamily family)
    {
        EndpointEntry local = Say(family, "l") with { UsableLocally = true };
        ProxyFixture proxy = await StartAsync(engine, family, Service, IPAddress.IPv6Any, local, Say(family, "r"), Say(family.Other(), "x"));
        proxy.Change(ProxyFixture.Key, e => e with { Frontends = [e.Frontends[0] with { FromOutside = EndpointScope.Local }] });
        await proxy.ApplyAsync();
        Assert.Equal("l", await NamesAsync(At(proxy, family)));
        await AssertRefusedAsync(At(proxy, family.Other()));

        proxy.Inside = Loopback;
        await proxy.ApplyAsync();
        Assert.Equal("lr", await NamesAsync(At(proxy, family)));
        Assert.Equal("x", await NamesAsync(At(proxy, family.Other())));
    }

    private static IPEndPoint At(ProxyFixture proxy, IPFamily client) => new(client.Loopback(), proxy.EndPoint.Port);

    private static async Task SetEndpointsAsync(ProxyFixture proxy, ImmutableArray<EndpointEntry> endpoints)
    {
        proxy.Change(ProxyFixture.Key, e => e with { Endpoints = endpoints });
        await proxy.ApplyAsync();
    }

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

    private EndpointEntry Say(IPFamily family, string name) => new() { Address = Backend(family, Scripts.Say(name)).EndPoint };

    private async Task<ProxyFixture> StartAsync(
        TestedEngine engine, IPFamily family, ServiceOptions service, IPAddress address, params ImmutableArray<EndpointEntry> endpoints)
    {
        Requires.Family(IPFamily.IPv6);
        ProxyFixture proxy = await ProxyAsync(engine, family, service);
        FrontendEntry frontend = new(new IPEndPoint(address, 0), FrontendKind.NodePort);
        proxy.Change(ProxyFixture.Key, e => e with { Frontends = [frontend], Endpoints = endpoints, SameFamily = true });
        Assert.Empty((await proxy.ApplyAsync()).Failures);
        return proxy;
    }
}
