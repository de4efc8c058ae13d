using System.Diagnostics;
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

/// <summary>A table is put in force without touching what it does not change; a bad part of it harms nothing else.</summary>
public sealed class ReconfigurationTests : ConformanceTest
{
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task TableChangesUnderLoad_NoClientFailsAndLongConnectionsLive(TestedEngine engine, IPFamily family)
    {
        var time = TimeSpan.FromSeconds(3);
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        IPEndPoint address = proxy.EndPoint;
        TcpPeer old = await ConnectAsync(proxy);
        Assert.Equal("x", await old.ReceiveTextAsync(1));
        var load = new ClientLoad(address, workers: 8);

        int turn = 0;
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < time; turn++)
        {
            ChangeSomething(proxy, turn, family, backend.EndPoint);
            Assert.Empty((await proxy.ApplyAsync()).Failures);
            await Task.Delay(5);
        }

        await load.StopAsync(proxy.DescribeEnds);
        Assert.InRange(load.Served, 100, int.MaxValue);
        Assert.Equal(address, proxy.EndPoint);
        await old.SendTextAsync("still here");
        Assert.Equal("still here", await old.ReceiveTextAsync(10));
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task AddressIsTaken_IsReportedAndTheRestIsServed_LaterItIsServedToo(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        var thief = TcpBackend.Start(family, Scripts.Stall);
        ServicePortKey late = ProxyFixture.KeyOf("late");
        proxy.Set(late, [thief.EndPoint], [backend.EndPoint]);

        ApplyResult result = await proxy.ApplyAsync();

        ListenerStatus failure = Assert.Single(result.Failures);
        Assert.Equal(late, failure.Service);
        Assert.Contains(thief.EndPoint.ToString(), failure.Error, StringComparison.Ordinal);
        Assert.True(await IsServedAsync(proxy.EndPoint));

        await thief.DisposeAsync();
        await Eventually.True(() => proxy.Server.Listeners.Single(l => l.Service == late).Open);
        Assert.True(await IsServedAsync(thief.EndPoint));
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task OnlyOptionsChange_CountersAndListenerStay(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        IPEndPoint address = proxy.EndPoint;
        ServiceState state = proxy.Service;
        Assert.True(await IsServedAsync(address));

        await proxy.ApplyOptionsAsync(o => o with { Balance = BalanceMethod.Random, IdleTimeout = TimeSpan.FromMinutes(1) });

        Assert.Same(state, proxy.Service);
        Assert.Equal(address, proxy.EndPoint);
        Assert.Equal(1, proxy.Service.Totals().Accepted);
        Assert.True(await IsServedAsync(address));
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task IdleTimeoutIsSetLater_HoldsForNewConnections(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Stall);
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);

        await proxy.ApplyOptionsAsync(o => o with { IdleTimeout = TimeSpan.FromMilliseconds(300) });

        TcpPeer client = await ConnectAsync(proxy);
        await client.ReadToEndAsync();
        await proxy.ExpectEndAsync(CloseReason.ServerIdle);
    }

    private static void ChangeSomething(ProxyFixture proxy, int turn, IPFamily family, IPEndPoint backend)
    {
        ServicePortKey other = ProxyFixture.KeyOf("other");
        switch (turn % 4)
        {
            case 0:
                proxy.Change(ProxyFixture.Key, e => e with { Options = e.Options with { Balance = (BalanceMethod)(turn / 4 % 4) } });
                break;
            case 1:
                proxy.Set(other, [family.AnyPort()], [backend]);
                break;
            case 2:
                AffinityOptions affinity = new() { Kind = turn % 8 == 2 ? AffinityKind.ClientIP : AffinityKind.None };
                proxy.Change(ProxyFixture.Key, e => e with { Options = e.Options with { Affinity = affinity } });
                break;
            default:
                proxy.Remove(other);
                break;
        }
    }
}
