using System.Globalization;
using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.SystemTests;

/// <summary>
/// Mixed load while backends die and return and the table changes. Whatever happens, no byte is wrong, nothing hangs, and at
/// the end counters, descriptors and memory are back where they began. Runs for <c>L4PROXY_SOAK_SECONDS</c>
/// (default 10) on each engine; <c>L4PROXY_SOAK_SEED</c> repeats a run's choices.
/// </summary>
[Collection(typeof(AloneCollection))]
public sealed class SoakTests(ITestOutputHelper output)
{
    private const int Workers = 48;
    private const int Backends = 4;
    private const int LargestExchange = 300_000;
    private const int DownloadSize = 4_000_000;

    /// <summary>Managed memory that the test host itself may have kept: recorded output, warmed-up pools.</summary>
    private const long KeptByHost = 2 * 1024 * 1024;

    private static readonly Payload s_echoed = new(1);
    private static readonly Payload s_downloaded = new(2);
    private static readonly ServicePortKey s_download = ProxyFixture.KeyOf("download");

    private long _completed;
    private long _interrupted;

    private static TimeSpan Length => TimeSpan.FromSeconds(Setting("L4PROXY_SOAK_SECONDS", 10));

    private static int Seed => Setting("L4PROXY_SOAK_SEED", Environment.TickCount & 0xFFFF);

    [Theory]
    [InlineData(TestedEngine.Linux)]
    [InlineData(TestedEngine.Portable)]
    public async Task MixedLoad_WithFaults_EverythingReconciles(TestedEngine engine)
    {
        Requires.Linux();
        int seed = Seed;
        output.WriteLine($"seed {seed}, {Length.TotalSeconds} s");

        // What the first run of anything allocates for good is not a leak.
        await RunAsync(engine, seed, TimeSpan.FromSeconds(1));
        (int descriptors, long memory) = Measure();
        await RunAsync(engine, seed, Length);
        output.WriteLine($"{_completed} exchanges completed, {_interrupted} interrupted by faults");

        await Eventually.True(() => Measure() is var now && now.Descriptors <= descriptors && now.Memory <= memory + KeptByHost);
        output.WriteLine($"managed memory {memory >> 10} KiB before, {Measure().Memory >> 10} KiB after; resident {Environment.WorkingSet >> 20} MiB");
        Assert.True(_completed > _interrupted, $"only {_completed} of {_completed + _interrupted} exchanges completed");
    }

    private static (int Descriptors, long Memory) Measure()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return (FileDescriptors.CountOpen(), GC.GetTotalMemory(forceFullCollection: true));
    }

    private async Task RunAsync(TestedEngine engine, int seed, TimeSpan length)
    {
        TcpBackend[] echoes = [.. Enumerable.Range(0, Backends).Select(_ => TcpBackend.Start(IPFamily.IPv4, Scripts.Echo))];
        await using TcpBackend source = TcpBackend.Start(IPFamily.IPv4, Scripts.Source(s_downloaded, DownloadSize));
        await using (ProxyFixture proxy = await ProxyFixture.StartAsync(
            engine, IPFamily.IPv4, [.. echoes.Select(e => e.EndPoint)], new ProxyFixtureOptions { MayCut = true }))
        {
            proxy.Set(s_download, [IPFamily.IPv4.AnyPort()], [source.EndPoint]);
            await proxy.ApplyAsync();
            using CancellationTokenSource stop = new(length);
            Task faults = InjectAsync(proxy, echoes, new Random(seed), stop.Token);
            await Task.WhenAll(Enumerable.Range(0, Workers).Select(i => WorkAsync(proxy, new Random(seed + i + 1), stop.Token)));
            await faults;

            // Healed, everything must succeed again.
            for (int i = 0; i < 50; i++)
            {
                Assert.True(await ExchangeAsync(proxy.EndPoint, 10_000, halfClose: i % 2 == 0), "a healed proxy failed a client");
            }

            foreach (TcpBackend echo in echoes)
            {
                await echo.StopConnectionsAsync();
            }

            Assert.Equal(0, proxy.Service.ClosedFor(CloseReason.Internal));
        }

        foreach (TcpBackend echo in echoes)
        {
            await echo.DisposeAsync();
        }
    }

    /// <summary>One fault or change after the other; at most two of four backends are away at once.</summary>
    private static async Task InjectAsync(ProxyFixture proxy, TcpBackend[] echoes, Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            TcpBackend victim = echoes[random.Next(echoes.Length)];
            switch (random.Next(4))
            {
                case 0:
                    await victim.KillAsync();
                    await PauseAsync(random.Next(50, 500), stop);
                    victim.Resume();
                    break;
                case 1:
                    victim.ResetConnections();
                    break;
                case 2:
                    await proxy.ApplyEndpointsAsync([.. echoes.Where(e => e != victim).Select(e => e.EndPoint)]);
                    await PauseAsync(random.Next(10, 200), stop);
                    await proxy.ApplyEndpointsAsync([.. echoes.Select(e => e.EndPoint)]);
                    break;
                default:
                    BalanceMethod method = (BalanceMethod)random.Next(4);
                    AffinityKind affinity = (AffinityKind)random.Next(2);
                    await proxy.ApplyOptionsAsync(o => o with { Balance = method, Affinity = o.Affinity with { Kind = affinity } });
                    break;
            }

            await PauseAsync(random.Next(20, 200), stop);
        }
    }

    private async Task WorkAsync(ProxyFixture proxy, Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                bool whole = await OneClientAsync(proxy, random, stop);
                Interlocked.Increment(ref whole ? ref _completed : ref _interrupted);
            }
            catch (SocketException)
            {
                Interlocked.Increment(ref _interrupted);
            }
        }
    }

    private static async Task<bool> OneClientAsync(ProxyFixture proxy, Random random, CancellationToken stop)
    {
        switch (random.Next(12))
        {
            case 0:
                await TcpPeer.ConnectAndCloseAsync(proxy.EndPoint, reset: random.Next(2) == 0);
                return true;
            case 1:
                using (TcpPeer leaving = await TcpPeer.ConnectAsync(proxy.EndPoint))
                {
                    await leaving.SendPayloadAsync(s_echoed, random.Next(1, LargestExchange));
                    leaving.Reset();
                    return true;
                }

            case 2:
                using (TcpPeer idle = await TcpPeer.ConnectAsync(proxy.EndPoint))
                {
                    await PauseAsync(random.Next(100, 2000), stop);
                    return await ExchangeAsync(idle, 1000, halfClose: true);
                }

            case 3:
                using (TcpPeer slow = await TcpPeer.ConnectAsync(proxy.EndPointOf(s_download)))
                {
                    return await ReceiveAsync(slow, s_downloaded, DownloadSize / 4, pauseMs: 1);
                }

            case 4:
                using (TcpPeer fast = await TcpPeer.ConnectAsync(proxy.EndPointOf(s_download)))
                {
                    return await ReceiveAsync(fast, s_downloaded, DownloadSize, pauseMs: 0);
                }

            default:
                return await ExchangeAsync(proxy.EndPoint, random.Next(1, LargestExchange), halfClose: random.Next(2) == 0);
        }
    }

    private static async Task<bool> ExchangeAsync(IPEndPoint target, int size, bool halfClose)
    {
        using TcpPeer client = await TcpPeer.ConnectAsync(target);
        return await ExchangeAsync(client, size, halfClose);
    }

    /// <summary>Sends and receives at once; false when a fault ended the connection early.</summary>
    private static async Task<bool> ExchangeAsync(TcpPeer client, int size, bool halfClose)
    {
        Task<bool> receiving = ReceiveAsync(client, s_echoed, size, pauseMs: 0);
        await client.SendPayloadAsync(s_echoed, size);
        if (halfClose)
        {
            client.FinishSending();
        }

        return await receiving;
    }

    /// <summary>Whether all of a payload came; a wrong byte fails the test.</summary>
    private static async Task<bool> ReceiveAsync(TcpPeer client, Payload payload, long count, int pauseMs)
    {
        byte[] buffer = new byte[16 * 1024];
        long position = 0;
        while (position < count)
        {
            int read;
            try
            {
                read = await client.ReceiveAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, count - position)));
            }
            catch (SocketException e) when (TcpPeer.IsReset(e))
            {
                return false;
            }

            if (read == 0)
            {
                return false;
            }

            long difference = payload.FirstDifference(buffer.AsSpan(0, read), position);
            Assert.True(difference < 0, $"byte {difference} is wrong");
            position += read;
            if (pauseMs > 0)
            {
                await Task.Delay(pauseMs);
            }
        }

        return true;
    }

    private static async Task PauseAsync(int milliseconds, CancellationToken stop) =>
        await Task.Delay(milliseconds, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static int Setting(string name, int value) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int set) ? set : value;
}
