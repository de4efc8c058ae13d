using System.Net;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Engines.Linux;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using L4Proxy.Tests.Conformance;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests.Engines.Linux;

/// <summary>Where listeners are very many, the loops share one socket for each, and clients notice nothing of it.</summary>
public sealed class SharedListenerTests : ConformanceTest
{
    private const int Many = 300;

    private static ProxyFixtureOptions Options { get; } =
        new() { Engine = new EngineOptions { Loops = 4, MaxOwnSockets = 0 }, Service = Service };

    [Fact]
    public async Task Bind_ManyListeners_TakeOneDescriptorEachAndGiveItBack()
    {
        Requires.Linux();
        // The first of them take up what may have a socket for each loop.
        await using LinuxEngine engine = new(new EngineOptions { Loops = 4 }, observer: null, NullLoggerFactory.Instance);
        int limit = engine.Limits.MaxConnections;
        ServiceState service = new(new ServiceEntry { Key = ProxyFixture.Key, Frontends = [], Endpoints = [] }, engine.CounterSlots);
        List<IEngineListener> listeners = [];
        for (int i = 0; i < Many; i++)
        {
            listeners.Add(engine.Bind(IPFamily.IPv4.AnyPort(), service));
        }

        int before = limit - engine.Limits.MaxConnections;
        for (int i = 0; i < Many; i++)
        {
            listeners.Add(engine.Bind(IPFamily.IPv4.AnyPort(), service));
        }

        // Two descriptors for a connection: each listener takes half of one.
        Assert.InRange(limit - engine.Limits.MaxConnections - before, (Many / 2) - 1, (Many / 2) + 1);
        await Task.WhenAll(listeners.Select(l => l.CloseAsync().AsTask())).Within();
        Assert.Equal(limit, engine.Limits.MaxConnections);
        Assert.Equal(Many * 2, listeners.Select(l => l.LocalEndPoint.Port).Distinct().Count());
    }

    /// <summary>Clients that come one by one would all go to the loop that waits first.</summary>
    [Fact]
    public async Task Accept_ClientsComeOneByOne_LoopsTakeTurns()
    {
        TcpBackend backend = Backend(IPFamily.IPv4, Scripts.Say("x"));
        ProxyFixture proxy = await StartAsync(backend.EndPoint, Service);
        for (int i = 0; i < 40; i++)
        {
            Assert.Equal("x", await AskNameAsync(proxy.EndPoint));
        }

        ServiceState service = proxy.Service;
        Assert.All(Enumerable.Range(0, 4), loop => Assert.InRange(service.CountersFor(loop).Accepted, 2, 25));
    }

    [Fact]
    public async Task SetOpen_StoppedAndOpenedWhileClientsCome_ServesAgain()
    {
        TcpBackend backend = Backend(IPFamily.IPv4, Scripts.Echo);
        ProxyFixture proxy = await StartAsync(backend.EndPoint, Service with { MaxConnections = 2 });
        IPEndPoint address = proxy.EndPoint;
        for (int round = 0; round < 10; round++)
        {
            TcpPeer[] clients = [await ConnectAsync(address), await ConnectAsync(address), await ConnectAsync(address)];
            await PingAsync(clients[0]);
            await PingAsync(clients[1]);
            clients[0].Dispose();
            await PingAsync(clients[2]);
            await proxy.ApplyEndpointsAsync();
            await AssertRefusedAsync(address);
            await proxy.ApplyEndpointsAsync(backend.EndPoint);
            clients[1].Dispose();
            clients[2].Dispose();
            await Eventually.Equal(0, () => proxy.Service.Active);
        }
    }

    private static async Task PingAsync(TcpPeer client)
    {
        await client.SendTextAsync("ping");
        Assert.Equal("ping", await client.ReceiveTextAsync(4));
    }

    private Task<ProxyFixture> StartAsync(IPEndPoint backend, ServiceOptions options) =>
        ProxyAsync(TestedEngine.Linux, IPFamily.IPv4, Options with { Service = options }, backend);
}
