using System.Diagnostics;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>The proxy waits for nothing from the client: the endpoint is dialled on accept.</summary>
public sealed class ServerFirstTests : ConformanceTest
{
    [Theory, EveryEngine]
    public async Task Banner_SilentClient_ArrivesAtOnce(TestedEngine engine, IPFamily family)
    {
        const int Tries = 20;
        TcpBackend backend = Backend(family, Scripts.Banner("220 ready\r\n"));
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);

        TimeSpan best = TimeSpan.MaxValue;
        for (int i = 0; i < Tries; i++)
        {
            long start = Stopwatch.GetTimestamp();
            using TcpPeer client = await TcpPeer.ConnectAsync(proxy.EndPoint);
            Assert.Equal("220 ready\r\n", await client.ReceiveTextAsync(11));
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            best = took < best ? took : best;
        }

        Assert.True(best < TimeSpan.FromMilliseconds(50), $"the fastest of {Tries} banners took {best.TotalMilliseconds:0.0} ms");
    }

    /// <summary>What a client says before there is an endpoint stays in the kernel, where it costs the proxy nothing.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ClientTalks_WhileEndpointIsDialled_NothingIsReadFromIt(TestedEngine engine, IPFamily family)
    {
        BlackHole hole = await BlackHoleAsync(family);
        ServiceOptions service = Service with
        {
            Dial = new DialOptions { AttemptTimeout = TimeSpan.FromSeconds(1), HedgeDelay = TimeSpan.Zero, MaxEndpoints = 1 },
        };
        ProxyFixture proxy = await ProxyAsync(engine, family, service, hole.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        await client.SendAsync(new byte[1000]);

        Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
        await proxy.ExpectEndAsync(CloseReason.ConnectTimeout);
        Assert.Equal(0, proxy.Total().UpReceived);
    }

    [Theory, EveryEngine]
    public async Task ClientTalksAndFinishes_BeforeEndpointAnswers_IsServed(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Echo);
        ProxyFixture proxy;
        if (engine == TestedEngine.Direct)
        {
            proxy = await ProxyAsync(engine, family, backend.EndPoint);
        }
        else
        {
            // Whichever comes first in the order, at least one of the two clients waits for the hedge.
            BlackHole hole = await BlackHoleAsync(family);
            proxy = await ProxyAsync(engine, family, DefaultService, hole.EndPoint, backend.EndPoint);
        }

        for (int i = 0; i < 2; i++)
        {
            using TcpPeer client = await TcpPeer.ConnectAsync(proxy.EndPoint);
            await client.SendTextAsync("request");
            client.FinishSending();
            Assert.Equal("request", await client.ReceiveTextToEndAsync());
            await proxy.ExpectEndAsync(CloseReason.Finished);
        }
    }
}
