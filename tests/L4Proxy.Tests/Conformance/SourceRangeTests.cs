using System.Net;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>A listener with source ranges serves those, and resets all others at once.</summary>
public sealed class SourceRangeTests : ConformanceTest
{
    private const int Clients = 50;

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ClientOutsideTheRanges_IsResetAndCounted_AndReachesNoEndpoint(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Say("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        await AllowAsync(proxy, "192.0.2.0/24", "2001:db8::/32");
        for (int i = 0; i < Clients; i++)
        {
            await AssertRefusedAsync(proxy.EndPoint);
            await proxy.ExpectEndAsync(CloseReason.SourceNotAllowed);
        }

        Assert.Equal(0, backend.Accepted);
        Assert.Equal(Clients, proxy.Service.Totals().Accepted);
        Assert.Equal(Clients, proxy.Service.ClosedFor(CloseReason.SourceNotAllowed));
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task RangesChange_OnALiveListener_ApplyToNewClientsAlone(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        IPEndPoint address = proxy.EndPoint;
        TcpPeer client = await ConnectAsync(proxy);
        await PingAsync(client);

        await AllowAsync(proxy, "192.0.2.0/24");
        await AssertRefusedAsync(address);
        await PingAsync(client);

        await AllowAsync(proxy, "192.0.2.0/24", "127.0.0.1/32", "::1/128");
        TcpPeer next = await ConnectAsync(proxy);
        await PingAsync(next);
        await PingAsync(client);
        Assert.Same(address, proxy.EndPoint);
    }

    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task IPv4ClientOfADualListener_IsJudgedByIPv4Ranges(TestedEngine engine, IPFamily family)
    {
        Requires.Family(IPFamily.IPv6);
        TcpBackend backend = Backend(family, Scripts.Say("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        proxy.Set(ProxyFixture.Key, [new IPEndPoint(IPAddress.IPv6Any, 0)], [backend.EndPoint]);
        await AllowAsync(proxy, "127.0.0.0/8");
        IPEndPoint four = new(IPAddress.Loopback, proxy.EndPoint.Port);
        IPEndPoint six = new(IPAddress.IPv6Loopback, proxy.EndPoint.Port);
        Assert.Equal("x", await AskNameAsync(four));
        await AssertRefusedAsync(six);

        await AllowAsync(proxy, "::/0");
        await AssertRefusedAsync(four);
        Assert.Equal("x", await AskNameAsync(six));
    }

    /// <summary>Who may not be served takes nobody's place.</summary>
    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task ManyRefusedClients_LeaveAllPlacesFree(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Echo);
        ServiceOptions limited = Service with { MaxConnections = 2, Overflow = OverflowAction.Reset };
        ProxyFixture proxy = await ProxyAsync(engine, family, limited, backend.EndPoint);
        await AllowAsync(proxy, "127.0.0.1/32");
        TcpPeerOptions stranger = new() { LocalAddress = IPAddress.Parse("127.0.0.9") };
        await PingAsync(await ConnectAsync(proxy));
        await PingAsync(await ConnectAsync(proxy));
        for (int i = 0; i < Clients; i++)
        {
            await AssertRefusedAsync(proxy.EndPoint, stranger);
            await proxy.ExpectEndAsync(CloseReason.SourceNotAllowed);
        }

        Assert.Equal(2, proxy.Service.Active);
    }

    private static async Task AllowAsync(ProxyFixture proxy, params string[] networks)
    {
        NetworkSet allowed = NetworkSet.Of(networks.Select(IPNetwork.Parse));
        proxy.Change(ProxyFixture.Key, e => e with { Frontends = [.. e.Frontends.Select(f => f with { AllowedSources = allowed })] });
        Assert.Empty((await proxy.ApplyAsync()).Failures);
    }

    private static async Task PingAsync(TcpPeer client)
    {
        await client.SendTextAsync("ping");
        Assert.Equal("ping", await client.ReceiveTextAsync(4));
    }
}
