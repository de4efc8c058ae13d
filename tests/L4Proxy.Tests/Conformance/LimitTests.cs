using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>The connection after the last one allowed waits or is reset, as configured, and costs nobody else anything.</summary>
public sealed class LimitTests : ConformanceTest
{
    private const int Limit = 4;

    private static readonly TimeSpan s_notYet = TimeSpan.FromMilliseconds(300);

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ServiceIsFull_NextClientWaitsAndIsServedWhenOneLeaves(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { MaxConnections = Limit }, backend.EndPoint);

        await AssertNextWaitsAsync(proxy, backend);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ProxyIsFull_NextClientWaitsAndIsServedWhenOneLeaves(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        var options = new ProxyFixtureOptions { Service = Service, Engine = new EngineOptions { MaxConnections = Limit } };
        ProxyFixture proxy = await ProxyAsync(engine, family, options, backend.EndPoint);

        await AssertNextWaitsAsync(proxy, backend);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ServiceIsFullAndResets_NextClientIsReset(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        ServiceOptions service = Service with { MaxConnections = Limit, Overflow = OverflowAction.Reset };
        ProxyFixture proxy = await ProxyAsync(engine, family, service, backend.EndPoint);
        List<TcpPeer> clients = await FillAsync(proxy);

        await AssertRefusedAsync(proxy.EndPoint);
        await proxy.ExpectEndAsync(CloseReason.LimitReached);

        await EndAsync(clients[0]);
        await proxy.ExpectEndAsync(CloseReason.Finished);
        Assert.True(await IsServedAsync(proxy.EndPoint));
        Assert.Equal(1, proxy.Service.ClosedFor(CloseReason.LimitReached));
    }

    /// <summary>As many clients as there are places come at once: each has its own.</summary>
    [Theory, EveryEngine(OneFamily = true, ProxyOnly = true)]
    public async Task ServiceResetsWhenFull_ClientsThatJustFitAreAllServed(TestedEngine engine, IPFamily family)
    {
        const int Places = 32;
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        ServiceOptions service = Service with { MaxConnections = Places, Overflow = OverflowAction.Reset };
        ProxyFixture proxy = await ProxyAsync(engine, family, service, backend.EndPoint);
        for (int round = 0; round < 40; round++)
        {
            TcpPeer[] clients = await Task.WhenAll(Enumerable.Range(0, Places).Select(_ => TcpPeer.ConnectAsync(proxy.EndPoint)));
            foreach (TcpPeer client in clients)
            {
                Assert.Equal("x", await client.ReceiveTextAsync(1));
                client.Dispose();
            }

            await Eventually.Equal(0, () => proxy.Service.Active);
        }

        Assert.Equal(0, proxy.Service.ClosedFor(CloseReason.LimitReached));
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ServiceIsFull_OtherServicesAreServed(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { MaxConnections = Limit }, backend.EndPoint);
        ServicePortKey other = ProxyFixture.KeyOf("other");
        proxy.Set(other, [family.AnyPort()], [backend.EndPoint], Service);
        await proxy.ApplyAsync();
        await FillAsync(proxy);
        TcpPeer waiting = await ConnectAsync(proxy);

        for (int i = 0; i < 20; i++)
        {
            Assert.True(await IsServedAsync(proxy.EndPointOf(other)));
        }

        waiting.Reset();
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task LimitIsRaised_WaitingClientIsServed(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { MaxConnections = Limit }, backend.EndPoint);
        await FillAsync(proxy);
        TcpPeer waiting = await ConnectAsync(proxy);

        await proxy.ApplyOptionsAsync(o => o with { MaxConnections = Limit + 1 });

        Assert.Equal("x", await waiting.ReceiveTextAsync(1));
    }

    private async Task AssertNextWaitsAsync(ProxyFixture proxy, TcpBackend backend)
    {
        List<TcpPeer> clients = await FillAsync(proxy);

        TcpPeer waiting = await ConnectAsync(proxy);
        Task<string> served = waiting.ReceiveTextAsync(1);
        await Task.Delay(s_notYet);
        Assert.False(served.IsCompleted, "served beyond the limit");
        Assert.Equal(Limit, backend.Accepted);
        Assert.Equal(Limit, proxy.Service.Active);
        Assert.True(proxy.Server.Engine.Counters.AcceptPauses > 0, "a pause of accepting is counted");

        await EndAsync(clients[0]);
        Assert.Equal("x", await served);
    }

    private async Task<List<TcpPeer>> FillAsync(ProxyFixture proxy)
    {
        var clients = new List<TcpPeer>();
        for (int i = 0; i < Limit; i++)
        {
            TcpPeer client = await ConnectAsync(proxy);
            Assert.Equal("x", await client.ReceiveTextAsync(1));
            clients.Add(client);
        }

        return clients;
    }

    private static async Task EndAsync(TcpPeer client)
    {
        client.FinishSending();
        Assert.Equal(StreamEnd.Finished, await client.ReadToEndAsync());
    }
}
