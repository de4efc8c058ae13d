using System.Diagnostics;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using L4Proxy.Testing.Time;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>Idle timeout and maximum age: both sides are told, and the reason says whose silence it was.</summary>
public sealed class TimeoutTests : ConformanceTest
{
    private static readonly TimeSpan s_idle = TimeSpan.FromMilliseconds(400);

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task NobodyTalks_EndsAsServerIdle(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Stall);
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { IdleTimeout = s_idle }, backend.EndPoint);
        long start = Stopwatch.GetTimestamp();
        TcpPeer client = await ConnectAsync(proxy);

        await client.ReadToEndAsync();

        Assert.True(Stopwatch.GetElapsedTime(start) >= s_idle / 2, "ended before its time");
        await proxy.ExpectEndAsync(CloseReason.ServerIdle);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ClientStopsAfterAnAnswer_EndsAsClientIdle(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("hello"));
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { IdleTimeout = s_idle }, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        Assert.Equal("hello", await client.ReceiveTextAsync(5));
        await client.ReadToEndAsync();

        await proxy.ExpectEndAsync(CloseReason.ClientIdle);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task OneSideTalks_IsNotIdle(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Discard);
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { IdleTimeout = s_idle * 3 }, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        for (TimeSpan talked = TimeSpan.Zero; talked < s_idle * 5; talked += s_idle / 4)
        {
            await client.SendTextAsync("x");
            await Task.Delay(s_idle / 4);
        }

        client.FinishSending();
        Assert.Equal(StreamEnd.Finished, await client.ReadToEndAsync());
        await proxy.ExpectEndAsync(CloseReason.Finished);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ConnectionReachesItsMaximumAge_EndsThoughItIsBusy(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { MaxAge = s_idle }, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        Task<StreamEnd> reading = client.ReadToEndAsync();

        try
        {
            while (!reading.IsCompleted)
            {
                await client.SendTextAsync("x");
                await Task.Delay(10);
            }
        }
        catch (System.Net.Sockets.SocketException e) when (TcpPeer.IsReset(e) || e.SocketErrorCode == System.Net.Sockets.SocketError.Fault)
        {
            // The end was met by a write.
        }

        await reading;
        ConnectionEnd end = await proxy.ExpectEndAsync(CloseReason.MaxAge);
        Assert.InRange(end.Duration, s_idle - TimeSpan.FromMilliseconds(50), s_idle * 10);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task WallClockJumps_NoConnectionTimesOut(TestedEngine engine, IPFamily family)
    {
        var clock = new ManualTimeProvider();
        TcpBackend backend = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, new ProxyFixtureOptions { Service = Service, Time = clock }, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        foreach (int days in new[] { 400, -800 })
        {
            clock.JumpWallClock(TimeSpan.FromDays(days));
            await client.SendTextAsync("ping");
            Assert.Equal("ping", await client.ReceiveTextAsync(4));
            Assert.Equal(1, proxy.Service.Active);
        }

        client.FinishSending();
        await client.ReadToEndAsync();
        await proxy.ExpectEndAsync(CloseReason.Finished);
    }
}
