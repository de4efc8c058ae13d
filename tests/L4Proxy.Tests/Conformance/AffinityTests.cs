using System.Net;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>ClientIP affinity as clients meet it.</summary>
public sealed class AffinityTests : ConformanceTest
{
    private static ServiceOptions Sticky { get; } = Service with { Affinity = new AffinityOptions { Kind = AffinityKind.ClientIP } };

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task SameClient_AlwaysReachesItsEndpoint_WhateverElseIsAdded(TestedEngine engine, IPFamily family)
    {
        TcpBackend[] backends = Named(family, 4);
        ProxyFixture proxy = await ProxyAsync(engine, family, Sticky, [.. backends.Take(3).Select(b => b.EndPoint)]);
        string first = await AskNameAsync(proxy.EndPoint);
        await AssertStaysAsync(proxy, first);

        await proxy.ApplyEndpointsAsync([.. backends.Select(b => b.EndPoint)]);
        await AssertStaysAsync(proxy, first);

        await proxy.ApplyEndpointsAsync([.. backends.Where((_, i) => $"{i}" == first || i == 3).Select(b => b.EndPoint)]);
        await AssertStaysAsync(proxy, first);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task PinnedEndpointLeaves_ClientIsPinnedToAnother_AndStaysThere(TestedEngine engine, IPFamily family)
    {
        TcpBackend[] backends = Named(family, 3);
        ProxyFixture proxy = await ProxyAsync(engine, family, Sticky, [.. backends.Select(b => b.EndPoint)]);
        string first = await AskNameAsync(proxy.EndPoint);

        await proxy.ApplyEndpointsAsync([.. backends.Where((_, i) => $"{i}" != first).Select(b => b.EndPoint)]);
        string second = await AskNameAsync(proxy.EndPoint);
        Assert.NotEqual(first, second);
        await AssertStaysAsync(proxy, second);

        await proxy.ApplyEndpointsAsync([.. backends.Select(b => b.EndPoint)]);
        await AssertStaysAsync(proxy, second);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task PinnedEndpointRefuses_PinMovesToTheOneThatAnswered(TestedEngine engine, IPFamily family)
    {
        TcpBackend[] backends = Named(family, 3);
        ProxyFixture proxy = await ProxyAsync(engine, family, Sticky, [.. backends.Select(b => b.EndPoint)]);
        string first = await AskNameAsync(proxy.EndPoint);
        TcpBackend pinned = backends[int.Parse(first)];

        await pinned.StopListeningAsync();
        string second = await AskNameAsync(proxy.EndPoint);
        Assert.NotEqual(first, second);
        pinned.Resume();

        await AssertStaysAsync(proxy, second);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task PinnedEndpointIsSilent_PinMovesToTheOneThatAnswered(TestedEngine engine, IPFamily family)
    {
        TcpBackend answering = Backend(family, Scripts.Say("a"));
        BlackHole hole = await BlackHoleAsync(family);
        ServiceOptions hedged = DefaultService with { Affinity = Sticky.Affinity };
        ProxyFixture proxy = await ProxyAsync(engine, family, hedged, hole.EndPoint, answering.EndPoint);

        for (int i = 0; i < 10; i++)
        {
            Assert.Equal("a", await AskNameAsync(proxy.EndPoint));
        }

        // The first client may have tried it; nobody does again while the pin holds.
        Assert.InRange(proxy.StateOf(hole.EndPoint).DialTimeouts, 0, 1);
    }

    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task DifferentClients_AreSpread_AndEachKeepsItsOwn(TestedEngine engine, IPFamily family)
    {
        TcpBackend[] backends = Named(family, 3);
        ProxyFixture proxy = await ProxyAsync(engine, family, Sticky, [.. backends.Select(b => b.EndPoint)]);
        TcpPeerOptions[] clients =
            [.. Enumerable.Range(1, 9).Select(i => new TcpPeerOptions { LocalAddress = new IPAddress([127, 0, 2, (byte)i]) })];

        var pins = new List<string>();
        foreach (TcpPeerOptions client in clients)
        {
            pins.Add(await AskNameAsync(proxy.EndPoint, client));
        }

        Assert.Equal([3, 3, 3], pins.CountBy(p => p, StringComparer.Ordinal).Select(p => p.Value));
        for (int i = 0; i < clients.Length; i++)
        {
            Assert.Equal(pins[i], await AskNameAsync(proxy.EndPoint, clients[i]));
        }
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task PortsOfOneService_PinOnTheirOwn(TestedEngine engine, IPFamily family)
    {
        IPEndPoint[] backends = [.. Named(family, 2).Select(b => b.EndPoint)];
        ProxyFixture proxy = await ProxyAsync(engine, family, Sticky, backends);
        ServicePortKey second = ProxyFixture.Key with { Port = "second" };
        proxy.Set(second, [family.AnyPort()], backends, Sticky);
        await proxy.ApplyAsync();

        string first = await AskNameAsync(proxy.EndPoint);
        string other = await AskNameAsync(proxy.EndPointOf(second));

        await AssertStaysAsync(proxy, first);
        Assert.Equal(other, await AskNameAsync(proxy.EndPointOf(second)));
    }

    private TcpBackend[] Named(IPFamily family, int count) =>
        [.. Enumerable.Range(0, count).Select(i => Backend(family, Scripts.Say($"{i}")))];

    private static async Task AssertStaysAsync(ProxyFixture proxy, string name)
    {
        for (int i = 0; i < 6; i++)
        {
            Assert.Equal(name, await AskNameAsync(proxy.EndPoint));
        }
    }
}
