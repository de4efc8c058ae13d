using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>
/// What the unit tests of kube-proxy's userspace mode (Kubernetes 1.25, pkg/proxy/userspace) demanded of TCP Services,
/// asked of real sockets. The name of the original is at each case.
/// </summary>
public sealed class KubeProxyTests : ConformanceTest
{
    private static readonly ServicePortKey s_second = ProxyFixture.KeyOf("second");

    /// <summary>TestMultiPortProxy, TestMultiPortOnServiceAdd.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task TwoPorts_EachReachesItsOwnBackend(TestedEngine engine, IPFamily family)
    {
        TcpBackend a = Backend(family, Scripts.Say("a"));
        TcpBackend b = Backend(family, Scripts.Say("b"));
        ProxyFixture proxy = await ProxyAsync(engine, family, a.EndPoint);
        proxy.Set(s_second, [family.AnyPort()], [b.EndPoint]);
        await proxy.ApplyAsync();

        Assert.NotEqual(proxy.EndPoint, proxy.EndPointOf(s_second));
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal("a", await AskNameAsync(proxy.EndPoint));
            Assert.Equal("b", await AskNameAsync(proxy.EndPointOf(s_second)));
        }

        Assert.Equal(2, proxy.Server.Services.Length);
    }

    /// <summary>TestTCPProxyStop.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task Stop_ConnectionsAreRefusedAndNoneIsLeft(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        IPEndPoint address = proxy.EndPoint;
        Assert.True(await IsServedAsync(address));

        await proxy.StopAsync(TimeSpan.FromSeconds(10));

        await AssertRefusedAsync(address);
        Assert.Equal(0, proxy.Server.Engine.Live);
    }

    /// <summary>TestTCPProxyUpdateDelete, TestTCPProxyUpdateDeleteUpdate.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ServiceIsRemoved_ItsPortCloses_AndServesAgainWhenItIsBack(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        IPEndPoint address = proxy.EndPoint;
        Assert.True(await IsServedAsync(address));

        proxy.Remove(ProxyFixture.Key);
        await proxy.ApplyAsync();
        await AssertRefusedAsync(address);
        Assert.Empty(proxy.Server.Services);

        proxy.Set(ProxyFixture.Key, [address], [backend.EndPoint]);
        Assert.Empty((await proxy.ApplyAsync()).Failures);
        Assert.True(await IsServedAsync(address));
    }

    /// <summary>TestTCPProxyUpdatePort.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task PortChanges_NewOneServes_OldOneIsFree(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        IPEndPoint old = proxy.EndPoint;
        IPEndPoint next = FreePort(family);

        proxy.Change(ProxyFixture.Key, e => e with { Frontends = [new FrontendEntry(next, FrontendKind.Forward)] });
        Assert.Empty((await proxy.ApplyAsync()).Failures);

        Assert.True(await IsServedAsync(next));
        await AssertRefusedAsync(old);
        await using var other = TcpBackend.Start(old, Scripts.Say("other"));
        Assert.Equal("other", await AskNameAsync(old));
    }

    /// <summary>TestProxyUpdatePublicIPs.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task AddressIsAddedAndRemoved_TheOtherIsNotTouched(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        IPEndPoint first = proxy.EndPoint;
        IPEndPoint second = FreePort(family);
        var firstEntry = proxy.Service.Entry.Frontends[0];

        proxy.Change(
            ProxyFixture.Key, e => e with { Frontends = [firstEntry, new FrontendEntry(second, FrontendKind.ExternalIP)] });
        await proxy.ApplyAsync();
        Assert.Equal(first, proxy.EndPoint);
        Assert.True(await IsServedAsync(first));
        Assert.True(await IsServedAsync(second));

        proxy.Change(ProxyFixture.Key, e => e with { Frontends = [firstEntry] });
        await proxy.ApplyAsync();
        Assert.True(await IsServedAsync(first));
        await AssertRefusedAsync(second);
    }

    /// <summary>TestProxyUpdatePortal: a Service that loses its address is not served, and is again when it has one.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task AddressIsLostAndFound_ServedOnlyWithOne(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        IPEndPoint address = proxy.EndPoint;

        proxy.Change(ProxyFixture.Key, e => e with { Frontends = [] });
        await proxy.ApplyAsync();
        await AssertRefusedAsync(address);

        proxy.Change(ProxyFixture.Key, e => e with { Frontends = [new FrontendEntry(address, FrontendKind.Forward)] });
        await proxy.ApplyAsync();
        Assert.True(await IsServedAsync(address));
    }

    /// <summary>TestLoadBalanceWorksWithSingleEndpoint, ...MultipleEndpoints, ...MultipleEndpointsMultiplePorts.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task RoundRobin_TwoServicesSideBySide_EachKeepsItsOwnExactOrder(TestedEngine engine, IPFamily family)
    {
        ProxyFixture proxy = await ProxyAsync(engine, family, Named(family, "a", "b", "c"));
        proxy.Set(s_second, [family.AnyPort()], Named(family, "x", "y"));
        await proxy.ApplyAsync();

        var first = new List<string>();
        var second = new List<string>();
        for (int i = 0; i < 6; i++)
        {
            first.Add(await AskNameAsync(proxy.EndPoint));
            second.Add(await AskNameAsync(proxy.EndPointOf(s_second)));
        }

        AssertCycles(first, 3);
        AssertCycles(second, 2);
    }

    /// <summary>TestLoadBalanceWorksWithMultipleEndpointsAndUpdates.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task RoundRobin_EndpointsAreReplaced_NewOnesShareExactly_ClearedOnesRefuse(TestedEngine engine, IPFamily family)
    {
        ProxyFixture proxy = await ProxyAsync(engine, family, Named(family, "a", "b", "c"));
        Assert.Contains(await AskNameAsync(proxy.EndPoint), new[] { "a", "b", "c" });

        await proxy.ApplyEndpointsAsync(Named(family, "d", "e"));
        AssertCycles([.. await AskNamesAsync(proxy.EndPoint, 6)], 2);

        await proxy.ApplyEndpointsAsync();
        await AssertRefusedAsync(proxy.EndPoint);
    }

    /// <summary>TestLoadBalanceWorksWithServiceRemoval.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task RoundRobin_AnotherServiceIsRemoved_GoesOnWhereItWas(TestedEngine engine, IPFamily family)
    {
        ProxyFixture proxy = await ProxyAsync(engine, family, Named(family, "a", "b", "c"));
        proxy.Set(s_second, [family.AnyPort()], Named(family, "x"));
        await proxy.ApplyAsync();
        List<string> names = [.. await AskNamesAsync(proxy.EndPoint, 4)];

        proxy.Remove(s_second);
        await proxy.ApplyAsync();

        names.AddRange(await AskNamesAsync(proxy.EndPoint, 5));
        AssertCycles(names, 3);
    }

    /// <summary>TestStickyLoadBalanceWorksWithServiceRemoval: a Service that comes back knows no old pins, and pins anew.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task Affinity_ServiceIsRemovedAndBack_PinsAnew(TestedEngine engine, IPFamily family)
    {
        ServiceOptions sticky = Service with { Affinity = new AffinityOptions { Kind = AffinityKind.ClientIP } };
        IPEndPoint[] backends = Named(family, "a", "b", "c");
        ProxyFixture proxy = await ProxyAsync(engine, family, sticky, backends);
        IPEndPoint address = proxy.EndPoint;
        Assert.Single((await AskNamesAsync(address, 4)).Distinct());

        proxy.Remove(ProxyFixture.Key);
        await proxy.ApplyAsync();
        proxy.Set(ProxyFixture.Key, [address], backends, sticky);
        await proxy.ApplyAsync();

        Assert.Single((await AskNamesAsync(address, 4)).Distinct());
    }

    private static void AssertCycles(List<string> names, int period)
    {
        Assert.Equal(period, names.Take(period).Distinct(StringComparer.Ordinal).Count());
        for (int i = period; i < names.Count; i++)
        {
            Assert.True(names[i] == names[i - period], $"not in turn: {string.Join(' ', names)}");
        }
    }

    private static async Task<string[]> AskNamesAsync(IPEndPoint target, int count)
    {
        string[] names = new string[count];
        for (int i = 0; i < count; i++)
        {
            names[i] = await AskNameAsync(target);
        }

        return names;
    }

    private IPEndPoint[] Named(IPFamily family, params string[] names) =>
        [.. names.Select(n => Backend(family, Scripts.Say(n)).EndPoint)];

    /// <summary>A port that is free now; the kernel gives it to nobody else soon.</summary>
    private static IPEndPoint FreePort(IPFamily family)
    {
        IPEndPoint any = family.AnyPort();
        using var socket = new Socket(any.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(any);
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
