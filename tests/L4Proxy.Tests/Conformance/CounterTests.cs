using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>The counters add up at any time, not only at the end.</summary>
public sealed class CounterTests : ConformanceTest
{
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task MixedLoad_LawsHoldAtEveryMoment(TestedEngine engine, IPFamily family)
    {
        const int Clients = 400;
        TcpBackend echo = Backend(family, Scripts.Echo);
        TcpBackend reset = Backend(family, Scripts.Reset);
        ProxyFixture proxy = await ProxyAsync(engine, family, echo.EndPoint, reset.EndPoint, Refused(family));
        ServiceState service = proxy.Service;
        using var done = new CancellationTokenSource();
        Task watching = Task.Run(() => Watch(service, done.Token));

        await Parallel.ForEachAsync(
            Enumerable.Range(0, Clients),
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (i, _) => await UseAsync(proxy, i));

        await done.CancelAsync();
        await watching.Within();
        await proxy.AssertReconciledAsync();
        TrafficTotals totals = service.Totals();
        Assert.Equal(Clients, totals.Accepted);
        Assert.Equal(Clients, service.Endpoints.Sum(e => e.Connections) + service.ClosedFor(CloseReason.ClientResetWhileConnecting));
    }

    private static void Watch(ServiceState service, CancellationToken done)
    {
        TrafficTotals last = default;
        while (!done.IsCancellationRequested)
        {
            TrafficTotals now = service.Totals();
            Assert.InRange(now.Live, 0, now.Accepted);
            Assert.True(now.Accepted >= last.Accepted && now.Closed >= last.Closed, "a counter went back");
            Assert.InRange(service.Active, 0, int.MaxValue);
            last = now;
            Thread.Yield();
        }
    }

    /// <summary>Some clients are well-behaved, some reset, some close without a byte.</summary>
    private static async Task UseAsync(ProxyFixture proxy, int i)
    {
        try
        {
            using TcpPeer client = await TcpPeer.ConnectAsync(proxy.EndPoint);
            if (i % 5 > 0)
            {
                await client.SendAsync(new Payload((ulong)i).Bytes(i % 5 * 1000));
            }

            switch (i % 4)
            {
                case 0:
                    client.Reset();
                    break;
                case 1:
                    break;
                default:
                    client.FinishSending();
                    await client.ReadToEndAsync();
                    break;
            }
        }
        catch (System.Net.Sockets.SocketException e) when (TcpPeer.IsReset(e))
        {
            // One of the backends resets whoever comes.
        }
    }
}
