using System.Net;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>Endpoints that keep failing are left alone for a while, but never so many that clients suffer.</summary>
public sealed class EjectionTests : ConformanceTest
{
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task EndpointRefusesRepeatedly_IsNoLongerDialled(TestedEngine engine, IPFamily family)
    {
        IPEndPoint refused = Refused(family);
        TcpBackend backend = Backend(family, Scripts.Say("a"));
        ProxyFixture proxy = await ProxyAsync(engine, family, refused, backend.EndPoint);

        for (int i = 0; i < 40; i++)
        {
            Assert.Equal("a", await AskNameAsync(proxy.EndPoint));
        }

        EndpointState state = proxy.StateOf(refused);
        Assert.True(state.Ejected);
        Assert.Equal(1, state.Ejections);
        Assert.Equal(new EjectionOptions().ConsecutiveFailures, state.DialFailures);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task EjectedEndpointIsBack_IsUsedAgainAfterItsTime(TestedEngine engine, IPFamily family)
    {
        TcpBackend a = Backend(family, Scripts.Say("a"));
        TcpBackend b = Backend(family, Scripts.Say("b"));
        EjectionOptions ejection = new() { BaseTime = TimeSpan.FromMilliseconds(300) };
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { Ejection = ejection }, a.EndPoint, b.EndPoint);
        await a.StopListeningAsync();
        EndpointState state = proxy.StateOf(a.EndPoint);
        while (!state.Ejected)
        {
            Assert.Equal("b", await AskNameAsync(proxy.EndPoint));
        }

        a.Resume();

        int asked = 0;
        while (await AskNameAsync(proxy.EndPoint) != "a")
        {
            Assert.True(++asked < 10_000, "an endpoint that is back is never tried again");
            await Task.Delay(10);
        }

        await Eventually.True(() => !state.Ejected);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task OnlyEndpointRefuses_IsNeverEjected(TestedEngine engine, IPFamily family)
    {
        IPEndPoint refused = Refused(family);
        ProxyFixture proxy = await ProxyAsync(engine, family, refused);

        for (int i = 0; i < 20; i++)
        {
            await AssertRefusedAsync(proxy.EndPoint);
        }

        EndpointState state = proxy.StateOf(refused);
        Assert.False(state.Ejected);
        Assert.Equal(20, state.DialFailures);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task MostEndpointsRefuse_AtMostHalfAreOut(TestedEngine engine, IPFamily family)
    {
        IPEndPoint[] refused = [Refused(family), Refused(family), Refused(family)];
        TcpBackend backend = Backend(family, Scripts.Say("a"));
        ProxyFixture proxy = await ProxyAsync(
            engine, family, Service with { Dial = Service.Dial with { MaxEndpoints = 4 } }, [.. refused, backend.EndPoint]);

        for (int i = 0; i < 60; i++)
        {
            Assert.Equal("a", await AskNameAsync(proxy.EndPoint));
            Assert.InRange(refused.Count(r => proxy.StateOf(r).Ejected), 0, 2);
        }

        Assert.Equal(2, refused.Count(r => proxy.StateOf(r).Ejected));
    }
}
