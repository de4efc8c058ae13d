using System.Net;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>Every byte arrives, once, in order.</summary>
public sealed class DataIntegrityTests : ConformanceTest
{
    private const int MiB = 1 << 20;
    private const long GiB = 1L << 30;

    [Theory, EveryEngine]
    public async Task Echo_RandomChunksAndPausesOnManyConnections_EveryByteReturns(TestedEngine engine, IPFamily family)
    {
        const int Connections = 1000;
        const int AtOnce = 50;
        TcpBackend backend = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);

        await Parallel.ForEachAsync(
            Enumerable.Range(0, Connections),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (seed, _) => await EchoAsync(proxy.EndPoint, seed));

        Assert.Equal(Connections, backend.Accepted);
        await Eventually.Equal(backend.BytesReceived, () => backend.BytesSent);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task Echo_EndpointOfTheOtherFamily_EveryByteReturns(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family.Other(), Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);

        await EchoAsync(proxy.EndPoint, seed: 7);

        ConnectionEnd end = await proxy.ExpectEndAsync(CloseReason.Finished);
        Assert.Equal(family == IPFamily.IPv4, end.Client.IsIPv4);
    }

    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task Echo_IPv4ClientOnDualStackListener_IsKnownByItsIPv4Address(TestedEngine engine, IPFamily family)
    {
        Requires.Family(IPFamily.IPv6);
        TcpBackend backend = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        ServicePortKey dual = ProxyFixture.KeyOf("dual");
        proxy.Set(dual, [new IPEndPoint(IPAddress.IPv6Any, 0)], [backend.EndPoint]);
        Assert.Empty((await proxy.ApplyAsync()).Failures);

        await EchoAsync(new IPEndPoint(IPAddress.Loopback, proxy.EndPointOf(dual).Port), seed: 9);

        ConnectionEnd end = await proxy.ExpectEndAsync(CloseReason.Finished);
        Assert.Equal(IPAddress.Loopback, end.Client.ToIPEndPoint().Address);
    }

    /// <summary>All in one theory, so that the long transfers run one after the other.</summary>
    [Theory]
    [InlineData(TestedEngine.Portable, false)]
    [InlineData(TestedEngine.Linux, false)]
    [InlineData(TestedEngine.Linux, true)]
    public async Task Download_OneGigabyte_ArrivesByteForByte(TestedEngine engine, bool splice)
    {
        var payload = new Payload(1);
        TcpBackend backend = Backend(IPFamily.IPv4, Scripts.Source(payload, GiB));
        ProxyFixture proxy = await ProxyAsync(engine, IPFamily.IPv4, WithSplice(splice), backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        (long length, StreamEnd end) = await client.ReceivePayloadToEndAsync(payload);

        Assert.Equal((GiB, StreamEnd.Finished), (length, end));
        client.Dispose();
        Assert.Equal(GiB, (await proxy.ExpectEndAsync(CloseReason.Finished)).BytesDown);
        long spliced = proxy.Server.Engine.Counters.SplicedBytes;
        Assert.True(splice ? spliced > GiB / 2 : spliced == 0, $"{spliced} bytes were spliced");
    }

    [Theory, EveryEngine]
    public async Task BothDirections_BulkAtTheSameTime_ArriveByteForByte(TestedEngine engine, IPFamily family)
    {
        const long Size = 64 * MiB;
        var up = new Payload(2);
        var down = new Payload(3);
        TcpBackend backend = Backend(family, async (connection, _) =>
        {
            Task sending = connection.SendPayloadAsync(down, Size);
            await connection.ReceivePayloadAsync(up, Size);
            await sending;
        });
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        Task sending = client.SendPayloadAsync(up, Size);
        (long length, StreamEnd end) = await client.ReceivePayloadToEndAsync(down);
        await sending;

        Assert.Equal((Size, StreamEnd.Finished), (length, end));
        client.Dispose();
        await proxy.ExpectEndAsync(CloseReason.Finished);
    }

    /// <summary>Small and bulk messages in turn: whatever an engine changes between the two must lose nothing.</summary>
    [Theory, EveryEngine]
    public async Task PingPong_SmallAndBulkMessagesInTurn_EveryByteReturns(TestedEngine engine, IPFamily family)
    {
        int[] sizes = [1, 8 * MiB, 1, 17, 4 * MiB + 1, 3, 64 * 1024, 1, 2 * MiB, 100, 100, 100, 16 * MiB, 1];
        var payload = new Payload(4);
        TcpBackend backend = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        long position = 0;
        foreach (int size in sizes)
        {
            Task sending = client.SendPayloadAsync(payload, size, position);
            await client.ReceivePayloadAsync(payload, size, position);
            await sending;
            position += size;
        }

        client.FinishSending();
        Assert.Equal(StreamEnd.Finished, await client.ReadToEndAsync());
        ConnectionEnd end = await proxy.ExpectEndAsync(CloseReason.Finished);
        Assert.Equal(proxy.IsDirect ? 0 : position, end.BytesUp);
        Assert.Equal(end.BytesUp, end.BytesDown);
    }

    [Theory, EveryEngine]
    public async Task Upload_OneByteAtATime_ArrivesInOrder(TestedEngine engine, IPFamily family)
    {
        const int Size = 5000;
        var payload = new Payload(5);
        var arrived = new TaskCompletionSource<(long, StreamEnd)>(TaskCreationOptions.RunContinuationsAsynchronously);
        TcpBackend backend = Backend(family, async (connection, _) =>
            arrived.SetResult(await connection.ReceivePayloadToEndAsync(payload)));
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        await client.SendPayloadAsync(payload, Size, chunkSize: 1);
        client.FinishSending();

        Assert.Equal((Size, StreamEnd.Finished), await arrived.Task.Within());
        Assert.Equal(StreamEnd.Finished, await client.ReadToEndAsync());
    }

    private static ProxyFixtureOptions WithSplice(bool splice) =>
        new() { Engine = new EngineOptions { Splice = splice }, Service = Service };

    private static async Task EchoAsync(IPEndPoint target, int seed)
    {
        var payload = new Payload((ulong)seed);
        var random = new Random(seed);
        using TcpPeer client = await TcpPeer.ConnectAsync(target);
        Task<(long Length, StreamEnd End)> receiving = client.ReceivePayloadToEndAsync(payload);
        long position = 0;
        for (int chunks = random.Next(1, 8); chunks > 0; chunks--)
        {
            // Sizes from 1 byte to 1 MiB, each magnitude equally likely.
            int size = 1 << random.Next(0, random.Next(1, 21));
            await client.SendPayloadAsync(payload, size, position);
            position += size;
            if (random.Next(4) == 0)
            {
                await Task.Delay(random.Next(1, 5));
            }
        }

        client.FinishSending();
        Assert.Equal((position, StreamEnd.Finished), await receiving);
    }
}
