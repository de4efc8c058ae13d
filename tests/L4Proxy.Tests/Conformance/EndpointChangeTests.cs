using System.Diagnostics;
using System.Net;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>Endpoints come and go: no client notices, and what left gets nothing new.</summary>
public sealed class EndpointChangeTests : ConformanceTest
{
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task EndpointsChangeAHundredTimesASecond_NoClientFails(TestedEngine engine, IPFamily family)
    {
        var time = TimeSpan.FromSeconds(3);
        TcpBackend[] backends = [.. Enumerable.Range(0, 4).Select(i => Backend(family, Scripts.Banner($"{i}")))];
        IPEndPoint[] all = [.. backends.Select(b => b.EndPoint)];
        ProxyFixture proxy = await ProxyAsync(engine, family, all);
        var random = new Random(1);
        var load = new ClientLoad(proxy.EndPoint, workers: 8);

        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < time && await beat.WaitForNextTickAsync();)
        {
            IPEndPoint[] some = [.. all.Where(_ => random.Next(2) == 0)];
            await proxy.ApplyEndpointsAsync(some.Length == 0 ? all : some);
        }

        await load.StopAsync(proxy.DescribeEnds);
        Assert.InRange(load.Served, 100, int.MaxValue);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task EndpointLeaves_GetsNoNewConnectionFromThatMoment(TestedEngine engine, IPFamily family)
    {
        TcpBackend leaving = Backend(family, Scripts.Say("leaving"));
        TcpBackend staying = Backend(family, Scripts.Say("staying"));
        ProxyFixture proxy = await ProxyAsync(engine, family, leaving.EndPoint, staying.EndPoint);
        for (int i = 0; i < 6; i++)
        {
            await AskNameAsync(proxy.EndPoint);
        }

        int before = leaving.Accepted;
        await proxy.ApplyEndpointsAsync(staying.EndPoint);
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal("staying", await AskNameAsync(proxy.EndPoint));
        }

        Assert.Equal((3, 3), (before, leaving.Accepted));
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task EndpointIsNotUsable_GetsNoConnection(TestedEngine engine, IPFamily family)
    {
        TcpBackend terminating = Backend(family, Scripts.Say("terminating"));
        TcpBackend ready = Backend(family, Scripts.Say("ready"));
        ProxyFixture proxy = await ProxyAsync(engine, family, terminating.EndPoint, ready.EndPoint);
        proxy.Change(ProxyFixture.Key, e => e with
        {
            Endpoints =
            [
                new EndpointEntry { Address = terminating.EndPoint, Ready = false, Terminating = true, Usable = false },
                new EndpointEntry { Address = ready.EndPoint },
            ],
        });
        await proxy.ApplyAsync();

        for (int i = 0; i < 10; i++)
        {
            Assert.Equal("ready", await AskNameAsync(proxy.EndPoint));
        }

        Assert.Equal(0, terminating.Accepted);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task EndpointLeaves_KeepIsTheDefault_ItsConnectionsGoOn(TestedEngine engine, IPFamily family)
    {
        TcpBackend leaving = Backend(family, Scripts.Echo);
        TcpBackend staying = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, leaving.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        await PingAsync(client);

        await proxy.ApplyEndpointsAsync(staying.EndPoint);

        await PingAsync(client);
        client.FinishSending();
        Assert.Equal(StreamEnd.Finished, await client.ReadToEndAsync());
        await proxy.ExpectEndAsync(CloseReason.Finished);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task EndpointLeaves_Reset_ItsConnectionsEndAtOnceAndOnlyThose(TestedEngine engine, IPFamily family)
    {
        TcpBackend leaving = Backend(family, Scripts.Banner("l"));
        TcpBackend staying = Backend(family, Scripts.Banner("s"));
        ServiceOptions service = Service with { OnEndpointLeave = EndpointLeaveAction.Reset };
        ProxyFixture proxy = await ProxyAsync(engine, family, service, leaving.EndPoint, staying.EndPoint);
        var clients = new Dictionary<string, TcpPeer>(StringComparer.Ordinal);
        for (int i = 0; i < 2; i++)
        {
            TcpPeer client = await ConnectAsync(proxy);
            clients[await client.ReceiveTextAsync(1)] = client;
        }

        await proxy.ApplyEndpointsAsync(staying.EndPoint);

        Assert.Equal(StreamEnd.Reset, await clients["l"].ReadToEndAsync());
        await proxy.ExpectEndAsync(CloseReason.EndpointLeft);
        await PingAsync(clients["s"]);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task EndpointLeaves_Grace_ItsConnectionsGoOnForThatLong(TestedEngine engine, IPFamily family)
    {
        var grace = TimeSpan.FromMilliseconds(800);
        TcpBackend leaving = Backend(family, Scripts.Echo);
        TcpBackend staying = Backend(family, Scripts.Echo);
        ServiceOptions service = Service with { OnEndpointLeave = EndpointLeaveAction.Grace, EndpointLeaveGrace = grace };
        ProxyFixture proxy = await ProxyAsync(engine, family, service, leaving.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        await PingAsync(client);

        long start = Stopwatch.GetTimestamp();
        await proxy.ApplyEndpointsAsync(staying.EndPoint);
        await PingAsync(client);

        Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(start), grace - TimeSpan.FromMilliseconds(50), grace * 8);
        await proxy.ExpectEndAsync(CloseReason.EndpointLeft);
    }

    [Theory, EveryEngine(OneFamily = true, ProxyOnly = true)]
    public async Task ServiceIsRemoved_Grace_ItsConnectionsGoOnForThatLong(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Echo);
        ServiceOptions service = Service with
        {
            OnEndpointLeave = EndpointLeaveAction.Grace,
            EndpointLeaveGrace = TimeSpan.FromMilliseconds(500),
        };
        ProxyFixture proxy = await ProxyAsync(engine, family, service, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        await PingAsync(client);

        proxy.Remove(ProxyFixture.Key);
        await proxy.ApplyAsync();
        await PingAsync(client);

        Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
        await proxy.ExpectEndAsync(CloseReason.EndpointLeft);
    }

    /// <summary>A grace time begins when an endpoint leaves, not when it left another time before.</summary>
    [Theory, EveryEngine(OneFamily = true, ProxyOnly = true)]
    public async Task EndpointLeavesTwiceWithinGrace_HasAllOfTheSecondOne(TestedEngine engine, IPFamily family)
    {
        var grace = TimeSpan.FromMilliseconds(1000);
        TcpBackend leaving = Backend(family, Scripts.Echo);
        TcpBackend staying = Backend(family, Scripts.Echo);
        ServiceOptions service = Service with { OnEndpointLeave = EndpointLeaveAction.Grace, EndpointLeaveGrace = grace };
        ProxyFixture proxy = await ProxyAsync(engine, family, service, leaving.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        await PingAsync(client);
        await proxy.ApplyEndpointsAsync(staying.EndPoint);
        await Task.Delay(grace / 2);
        await proxy.ApplyEndpointsAsync(leaving.EndPoint);

        long start = Stopwatch.GetTimestamp();
        await proxy.ApplyEndpointsAsync(staying.EndPoint);

        Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(start), grace - TimeSpan.FromMilliseconds(50), grace * 8);
        await proxy.ExpectEndAsync(CloseReason.EndpointLeft);
    }

    /// <summary>An endpoint that is back within its grace time has not left.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task EndpointComesBackWithinGrace_ItsConnectionsGoOn(TestedEngine engine, IPFamily family)
    {
        var grace = TimeSpan.FromMilliseconds(600);
        TcpBackend leaving = Backend(family, Scripts.Echo);
        TcpBackend staying = Backend(family, Scripts.Echo);
        ServiceOptions service = Service with { OnEndpointLeave = EndpointLeaveAction.Grace, EndpointLeaveGrace = grace };
        ProxyFixture proxy = await ProxyAsync(engine, family, service, leaving.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        await PingAsync(client);

        await proxy.ApplyEndpointsAsync(staying.EndPoint);
        await proxy.ApplyEndpointsAsync(leaving.EndPoint, staying.EndPoint);
        await Task.Delay(grace * 2);

        await PingAsync(client);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task LastEndpointLeaves_ClientsAreRefused_AndServedWhenOneIsBack(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        IPEndPoint address = proxy.EndPoint;
        Assert.True(await IsServedAsync(address));

        await proxy.ApplyEndpointsAsync();
        Assert.False(proxy.Server.Listeners.Single().Open);
        await AssertRefusedAsync(address);

        await proxy.ApplyEndpointsAsync(backend.EndPoint);
        Assert.Equal(address, proxy.EndPoint);
        Assert.True(await IsServedAsync(address));
    }

    private static async Task PingAsync(TcpPeer client)
    {
        await client.SendTextAsync("ping");
        Assert.Equal("ping", await client.ReceiveTextAsync(4));
    }
}
