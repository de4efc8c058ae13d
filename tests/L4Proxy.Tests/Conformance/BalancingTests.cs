using System.Collections.Immutable;
using System.Net;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>Which endpoint real connections reach, whatever event loop accepted them.</summary>
public sealed class BalancingTests : ConformanceTest
{
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task RoundRobin_FifteenConnectionsAtOnceOverThreeEndpoints_AreFiveEach(TestedEngine engine, IPFamily family)
    {
        TcpBackend[] backends = [.. Enumerable.Range(0, 3).Select(i => Backend(family, Scripts.Say($"{i}")))];
        var options = new ProxyFixtureOptions { Service = Service, Engine = new EngineOptions { Loops = 4 } };
        ProxyFixture proxy = await ProxyAsync(engine, family, options, [.. backends.Select(b => b.EndPoint)]);

        string[] names = await Task.WhenAll(Enumerable.Range(0, 15).Select(_ => AskNameAsync(proxy.EndPoint)));

        Assert.Equal([5, 5, 5], names.CountBy(n => n, StringComparer.Ordinal).Select(n => n.Value));
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task RoundRobin_Weights_AreHonouredExactly(TestedEngine engine, IPFamily family)
    {
        TcpBackend heavy = Backend(family, Scripts.Say("heavy"));
        TcpBackend light = Backend(family, Scripts.Say("light"));
        TcpBackend none = Backend(family, Scripts.Say("none"));
        ProxyFixture proxy = await ProxyAsync(engine, family, heavy.EndPoint);
        ImmutableArray<EndpointEntry> weighted =
        [
            new() { Address = heavy.EndPoint, Weight = 3 },
            new() { Address = light.EndPoint, Weight = 1 },
            new() { Address = none.EndPoint, Weight = 0 },
        ];
        proxy.Change(ProxyFixture.Key, e => e with { Endpoints = weighted });
        await proxy.ApplyAsync();

        for (int i = 0; i < 16; i++)
        {
            await AskNameAsync(proxy.EndPoint);
        }

        Assert.Equal((12, 4, 0), (heavy.Accepted, light.Accepted, none.Accepted));
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task LeastConnections_OneEndpointIsLoaded_NewConnectionsGoToTheOther(TestedEngine engine, IPFamily family)
    {
        const int Held = 8;
        TcpBackend loaded = Backend(family, Scripts.Banner("x"));
        TcpBackend fresh = Backend(family, Scripts.Banner("x"));
        ServiceOptions service = Service with { Balance = BalanceMethod.LeastConnections };
        ProxyFixture proxy = await ProxyAsync(engine, family, service, loaded.EndPoint);
        await HoldAsync(proxy, Held);

        await proxy.ApplyEndpointsAsync(loaded.EndPoint, fresh.EndPoint);
        await HoldAsync(proxy, Held);

        Assert.Equal((Held, Held), (loaded.Accepted, fresh.Accepted));
        Assert.Equal((Held, Held), (proxy.StateOf(loaded.EndPoint).Active, proxy.StateOf(fresh.EndPoint).Active));
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task SourceHash_OneClient_AlwaysReachesTheSameEndpoint(TestedEngine engine, IPFamily family)
    {
        IPEndPoint[] backends = [.. Enumerable.Range(0, 5).Select(i => Backend(family, Scripts.Say($"{i}")).EndPoint)];
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { Balance = BalanceMethod.SourceHash }, backends);

        string first = await AskNameAsync(proxy.EndPoint);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(first, await AskNameAsync(proxy.EndPoint));
        }
    }

    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task SourceHash_ManyClients_AreSpread(TestedEngine engine, IPFamily family)
    {
        TcpBackend[] backends = [.. Enumerable.Range(0, 3).Select(i => Backend(family, Scripts.Say($"{i}")))];
        ServiceOptions service = Service with { Balance = BalanceMethod.SourceHash };
        ProxyFixture proxy = await ProxyAsync(engine, family, service, [.. backends.Select(b => b.EndPoint)]);

        for (byte i = 1; i <= 60; i++)
        {
            await AskNameAsync(proxy.EndPoint, new TcpPeerOptions { LocalAddress = new IPAddress([127, 0, 1, i]) });
        }

        // Each would get 20; less than 4 has a chance below one in a million for a fair hash.
        Assert.All(backends, b => Assert.InRange(b.Accepted, 4, 52));
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task Random_ManyConnections_ReachEveryEndpoint(TestedEngine engine, IPFamily family)
    {
        TcpBackend[] backends = [.. Enumerable.Range(0, 3).Select(i => Backend(family, Scripts.Say($"{i}")))];
        ServiceOptions service = Service with { Balance = BalanceMethod.Random };
        ProxyFixture proxy = await ProxyAsync(engine, family, service, [.. backends.Select(b => b.EndPoint)]);

        for (int i = 0; i < 90; i++)
        {
            await AskNameAsync(proxy.EndPoint);
        }

        // Each would get 30, standard deviation 4.5: ten is more than four of them away.
        Assert.All(backends, b => Assert.InRange(b.Accepted, 10, 50));
    }

    private async Task HoldAsync(ProxyFixture proxy, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Assert.Equal("x", await (await ConnectAsync(proxy)).ReceiveTextAsync(1));
        }
    }
}
