using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>Many connections, short, idle or slow: everything is given back, and the others do not suffer.</summary>
[Collection(typeof(AloneCollection))]
public sealed class ManyConnectionsTests(ITestOutputHelper output) : ConformanceTest
{
    /// <summary>A fifth of what a soak would do: enough to show a leak of one descriptor in a thousand, in a few seconds.</summary>
    private const int ShortConnections = 20_000;

    private const int MostIdleConnections = 10_000;

    /// <summary>Client, backend and both of the proxy's sockets live in this process.</summary>
    private const int DescriptorsPerConnection = 4;

    private const int SlowClients = 500;

    /// <summary>Splice pipes and such that an engine may keep for later.</summary>
    private const int KeptByEngine = 64;

    [Theory]
    [InlineData(TestedEngine.Portable, false)]
    [InlineData(TestedEngine.Portable, true)]
    [InlineData(TestedEngine.Linux, false)]
    [InlineData(TestedEngine.Linux, true)]
    public async Task ConnectAndClose_TwentyThousandTimes_EverythingIsGivenBack(TestedEngine engine, bool reset)
    {
        Requires.Linux();
        await AssertNothingLeaksAsync(engine, async proxy =>
        {
            await Parallel.ForEachAsync(
                Enumerable.Range(0, ShortConnections),
                new ParallelOptions { MaxDegreeOfParallelism = 64 },
                async (_, _) => await TcpPeer.ConnectAndCloseAsync(proxy.EndPoint, reset));
            await Eventually.Equal(0, () => proxy.Server.Engine.Live);
            if (reset)
            {
                // A reset takes back what is still on its way through a full backlog: some may never be accepted.
                await Eventually.Settled(() => proxy.Total().Closed, TimeSpan.FromMilliseconds(300));
                Assert.InRange(proxy.Total().Closed, ShortConnections / 2, ShortConnections);
            }
            else
            {
                await Eventually.Equal(ShortConnections, () => proxy.Total().Closed);
            }
        });
    }

    [Theory]
    [InlineData(TestedEngine.Portable)]
    [InlineData(TestedEngine.Linux)]
    public async Task IdleConnections_AsManyAsDescriptorsAllow_EverythingIsGivenBack(TestedEngine engine)
    {
        Requires.Linux();
        int count = Math.Min(MostIdleConnections, (FileDescriptors.Limit() - 1000) / DescriptorsPerConnection);
        var clients = new TcpPeer[count];
        await AssertNothingLeaksAsync(engine, async proxy =>
        {
            long before = Environment.WorkingSet;
            await Parallel.ForEachAsync(
                Enumerable.Range(0, count),
                new ParallelOptions { MaxDegreeOfParallelism = 64 },
                async (i, _) =>
                {
                    clients[i] = await TcpPeer.ConnectAsync(proxy.EndPoint);
                    await clients[i].SendTextAsync("p");
                    Assert.Equal("p", await clients[i].ReceiveTextAsync(1));
                });
            Assert.Equal(count, proxy.Service.Active);
            output.WriteLine($"{count} idle connections: {(Environment.WorkingSet - before) / count} bytes each, clients and backend included");

            foreach (TcpPeer client in clients)
            {
                client.Dispose();
            }

            await Eventually.Equal(0, () => proxy.Server.Engine.Live);
            using TcpPeer another = await TcpPeer.ConnectAsync(proxy.EndPoint);
            await another.SendTextAsync("p");
            Assert.Equal("p", await another.ReceiveTextAsync(1));
        });
    }

    [Theory]
    [InlineData(TestedEngine.Portable)]
    [InlineData(TestedEngine.Linux)]
    public async Task SlowClients_OneByteASecond_FastClientIsNotHeldUp(TestedEngine engine)
    {
        var backend = Backend(IPFamily.IPv4, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, IPFamily.IPv4, backend.EndPoint);
        TcpPeer fast = await ConnectAsync(proxy);
        double alone = await NinetiethPercentileAsync(fast);

        using var done = new CancellationTokenSource();
        Task[] slow = [.. Enumerable.Range(0, SlowClients).Select(i => DripAsync(proxy.EndPoint, i, done.Token))];
        await Eventually.Equal(SlowClients + 1, () => proxy.Service.Active);
        double among = await NinetiethPercentileAsync(fast);
        await done.CancelAsync();
        await Task.WhenAll(slow).Within();

        output.WriteLine($"90th percentile of a round trip: {alone:0.00} ms alone, {among:0.00} ms among {SlowClients} slow clients");
        Assert.True(among < (alone * 2) + 20, $"{among:0.0} ms among slow clients, {alone:0.0} ms alone");
    }

    [Theory]
    [InlineData(TestedEngine.Portable)]
    [InlineData(TestedEngine.Linux)]
    public async Task BlockedDownloads_MemoryStaysBounded(TestedEngine engine)
    {
        const int Clients = 20;
        const long BytesPerClient = 3 << 20;
        var backend = Backend(IPFamily.IPv4, Scripts.Source(new Payload(1), 10L << 30));
        ProxyFixture proxy = await ProxyAsync(engine, IPFamily.IPv4, backend.EndPoint);
        long before = Environment.WorkingSet;
        for (int i = 0; i < Clients; i++)
        {
            await ConnectAsync(proxy);
        }

        await Eventually.Settled(() => backend.BytesSent, TimeSpan.FromSeconds(1));

        long grown = Environment.WorkingSet - before;
        output.WriteLine($"{Clients} blocked downloads: {grown / Clients} bytes each, {backend.BytesSent / Clients} sent for each");
        Assert.True(grown < Clients * BytesPerClient, $"{grown} bytes for {Clients} clients that read nothing");
    }

    private async Task AssertNothingLeaksAsync(TestedEngine engine, Func<ProxyFixture, Task> use)
    {
        TcpBackend backend = Backend(IPFamily.IPv4, Scripts.Echo);

        // The first use opens what the runtime itself keeps.
        await TcpPeer.ConnectAndCloseAsync(backend.EndPoint, reset: false);
        await Eventually.Equal(0, () => backend.Active);
        int before = FileDescriptors.CountOpen();
        var options = new ProxyFixtureOptions
        {
            Engine = new EngineOptions { MaxConnections = MostIdleConnections + 1 },
            Service = Service,
        };
        await using (var proxy = await ProxyFixture.StartAsync(engine, IPFamily.IPv4, [backend.EndPoint], options))
        {
            int running = FileDescriptors.CountOpen();
            try
            {
                await use(proxy);
            }
            catch (SocketException e)
            {
                Assert.Fail($"a client met {e.SocketErrorCode}; ends: {proxy.DescribeEnds()}");
            }

            await Eventually.Equal(0, () => backend.Active);
            await Eventually.True(() => FileDescriptors.CountOpen() <= running + KeptByEngine);
            Assert.DoesNotContain(proxy.Ends.All, e => e.Reason is CloseReason.ConnectFailed or CloseReason.ConnectTimeout);
        }

        await Eventually.True(() => FileDescriptors.CountOpen() <= before);
    }

    private static async Task<double> NinetiethPercentileAsync(TcpPeer client)
    {
        const int Rounds = 500;
        double[] took = new double[Rounds];
        for (int i = 0; i < Rounds; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await client.SendTextAsync("ping");
            await client.ReceiveTextAsync(4);
            took[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(took);
        return took[Rounds * 9 / 10];
    }

    private static async Task DripAsync(IPEndPoint target, int seed, CancellationToken done)
    {
        using TcpPeer client = await TcpPeer.ConnectAsync(target);
        try
        {
            await Task.Delay(new Random(seed).Next(1000), done);
            while (true)
            {
                await client.SendTextAsync("x");
                await Task.Delay(1000, done);
            }
        }
        catch (OperationCanceledException)
        {
            client.FinishSending();
            await client.ReadToEndAsync();
        }
    }
}
