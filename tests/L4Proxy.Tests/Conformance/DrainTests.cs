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

/// <summary>A stop takes nothing new, lets live connections finish, cuts what is left when the time is over, and counts it.</summary>
public sealed class DrainTests : ConformanceTest
{
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(400);

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task Stop_NewClientsAreRefused_LiveOnesFinish(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        IPEndPoint address = proxy.EndPoint;
        TcpPeer client = await ConnectAsync(proxy);
        await PingAsync(client);

        Task<int> stopping = proxy.StopAsync(TimeSpan.FromSeconds(20));
        await AssertRefusedAsync(address);
        await PingAsync(client);
        Assert.False(stopping.IsCompleted);

        client.FinishSending();
        Assert.Equal(StreamEnd.Finished, await client.ReadToEndAsync());
        Assert.Equal(0, await stopping);
        await proxy.ExpectEndAsync(CloseReason.Finished);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task DrainTimeIsOver_RestIsResetAndCounted(TestedEngine engine, IPFamily family)
    {
        const int Clients = 5;
        TcpBackend backend = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        var clients = new List<TcpPeer>();
        for (int i = 0; i < Clients; i++)
        {
            clients.Add(await ConnectAsync(proxy));
            await PingAsync(clients[i]);
        }

        long start = Stopwatch.GetTimestamp();
        Assert.Equal(Clients, await proxy.StopAsync(s_short));

        Assert.InRange(Stopwatch.GetElapsedTime(start), s_short - TimeSpan.FromMilliseconds(50), s_short * 10);
        foreach (TcpPeer client in clients)
        {
            Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
            await proxy.ExpectEndAsync(CloseReason.Shutdown);
        }
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task StopIsHurried_RestIsResetAtOnce(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        await PingAsync(client);
        using var hurry = new CancellationTokenSource();

        Task<int> stopping = proxy.StopAsync(TimeSpan.FromMinutes(5), hurry.Token);
        await hurry.CancelAsync();

        Assert.Equal(1, await stopping);
        Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
        await proxy.ExpectEndAsync(CloseReason.Shutdown);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task Stop_ClientStillWaitsForAnEndpoint_IsResetWithItsOwnReason(TestedEngine engine, IPFamily family)
    {
        BlackHole hole = await BlackHoleAsync(family);
        DialOptions dial = new() { AttemptTimeout = TimeSpan.FromMinutes(5), TotalTimeout = TimeSpan.FromMinutes(5) };
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { Dial = dial }, hole.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        await Eventually.Equal(1, () => proxy.StateOf(hole.EndPoint).Active);

        Assert.Equal(1, await proxy.StopAsync(s_short));

        Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
        await proxy.ExpectEndAsync(CloseReason.ShutdownWhileConnecting);
    }

    /// <summary>What a busy connection had in flight at the cut is accounted for.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task DrainTimeIsOver_InTheMiddleOfBulk_BytesAddUp(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Source(new Payload(1), 1L << 40));
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer reading = await ConnectAsync(proxy);
        TcpPeer stalled = await ConnectAsync(proxy);
        Task<StreamEnd> end = reading.ReadToEndAsync();
        await Eventually.True(() => backend.Active == 2 && reading.BytesReceived > 0);

        Assert.Equal(2, await proxy.StopAsync(s_short));

        Assert.Equal(StreamEnd.Reset, await end);
        Assert.Equal(StreamEnd.Reset, await stalled.ReadToEndAsync());
    }

    private static async Task PingAsync(TcpPeer client)
    {
        await client.SendTextAsync("ping");
        Assert.Equal("ping", await client.ReceiveTextAsync(4));
    }
}
