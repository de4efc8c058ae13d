using System.Diagnostics;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>One direction may end long before the other; a connection that stays half open does not stay for ever.</summary>
public sealed class HalfCloseTests : ConformanceTest
{
    private const int MiB = 1 << 20;

    /// <summary>Long enough to show that nothing waits for the other direction, short enough to run often.</summary>
    private static readonly TimeSpan s_thinking = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan s_halfOpen = TimeSpan.FromMilliseconds(400);

    [Theory, EveryEngine]
    public async Task ClientFinishesFirst_ServerAnswersLater_WholeAnswerArrives(TestedEngine engine, IPFamily family)
    {
        var request = new Payload(1);
        var answer = new Payload(2);
        TcpBackend backend = Backend(family, async (connection, stopping) =>
        {
            Assert.Equal((MiB, StreamEnd.Finished), await connection.ReceivePayloadToEndAsync(request));
            await Task.Delay(s_thinking, stopping);
            await connection.SendPayloadAsync(answer, 50 * MiB);
        });
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        await client.SendPayloadAsync(request, MiB);
        client.FinishSending();

        Assert.Equal((50 * MiB, StreamEnd.Finished), await client.ReceivePayloadToEndAsync(answer));
        ConnectionEnd end = await proxy.ExpectEndAsync(CloseReason.Finished);
        Assert.True(proxy.IsDirect || (end.BytesUp, end.BytesDown) == (MiB, 50 * MiB), $"{end}");
    }

    [Theory, EveryEngine]
    public async Task ServerFinishesFirst_ClientSendsLater_EverythingArrives(TestedEngine engine, IPFamily family)
    {
        var upload = new Payload(3);
        var greeting = new Payload(4);
        var arrived = new TaskCompletionSource<(long, StreamEnd)>(TaskCreationOptions.RunContinuationsAsynchronously);
        TcpBackend backend = Backend(family, async (connection, _) =>
        {
            await connection.SendPayloadAsync(greeting, MiB);
            connection.FinishSending();
            arrived.SetResult(await connection.ReceivePayloadToEndAsync(upload));
        });
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        Assert.Equal((MiB, StreamEnd.Finished), await client.ReceivePayloadToEndAsync(greeting));
        await Task.Delay(s_thinking);
        await client.SendPayloadAsync(upload, 50 * MiB);
        client.FinishSending();

        Assert.Equal((50 * MiB, StreamEnd.Finished), await arrived.Task.Within());
        ConnectionEnd end = await proxy.ExpectEndAsync(CloseReason.Finished);
        Assert.True(proxy.IsDirect || (end.BytesUp, end.BytesDown) == (50 * MiB, MiB), $"{end}");
    }

    [Theory, EveryEngine]
    public async Task ClientFinishesWithoutAByte_ServerSeesItAtOnce_AndMayStillAnswer(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, async (connection, _) =>
        {
            Assert.Equal(StreamEnd.Finished, await connection.ReadToEndAsync());
            await connection.SendTextAsync("bye");
        });
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        client.FinishSending();

        Assert.Equal("bye", await client.ReceiveTextToEndAsync());
        await proxy.ExpectEndAsync(CloseReason.Finished);
    }

    /// <summary>The end of a direction queues behind its bytes: a slow reader still gets all, and then the end.</summary>
    [Theory, EveryEngine]
    public async Task ClientFinishesAfterBulk_ServerReadsSlowly_EverythingArrivesBeforeTheEnd(TestedEngine engine, IPFamily family)
    {
        var upload = new Payload(5);
        var arrived = new TaskCompletionSource<(long, StreamEnd)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TcpBackend backend = Backend(
            family,
            async (connection, _) =>
            {
                await sent.Task.Within();
                arrived.SetResult(await connection.ReceivePayloadToEndAsync(upload));
            },
            receiveBuffer: 8192);
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        Task sending = client.SendPayloadAsync(upload, 10 * MiB);
        await Task.WhenAny(sending, Task.Delay(s_thinking));
        sent.SetResult();
        await sending;
        client.FinishSending();

        Assert.Equal((10 * MiB, StreamEnd.Finished), await arrived.Task.Within());
        Assert.Equal(StreamEnd.Finished, await client.ReadToEndAsync());
        await proxy.ExpectEndAsync(CloseReason.Finished);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ClientFinished_ServerStaysSilent_EndsAfterHalfOpenTimeout(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Stall);
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { HalfOpenTimeout = s_halfOpen }, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        TcpPeer server = await backend.NextConnectionAsync();

        long start = Stopwatch.GetTimestamp();
        client.FinishSending();

        Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
        Assert.True(Stopwatch.GetElapsedTime(start) >= s_halfOpen / 2, "ended before its time");
        await proxy.ExpectEndAsync(CloseReason.ServerHalfOpen);
        await Eventually.True(() => IsDead(server));
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ServerFinished_ClientStaysSilent_EndsAfterHalfOpenTimeout(TestedEngine engine, IPFamily family)
    {
        var ended = new TaskCompletionSource<StreamEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        TcpBackend backend = Backend(family, async (connection, _) =>
        {
            connection.FinishSending();
            ended.SetResult(await connection.ReadToEndAsync());
        });
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { HalfOpenTimeout = s_halfOpen }, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        Assert.Equal(StreamEnd.Finished, await client.ReadToEndAsync());
        Assert.Equal(StreamEnd.Reset, await ended.Task.Within());
        await proxy.ExpectEndAsync(CloseReason.ClientHalfOpen);
    }

    /// <summary>The timeout counts silence, not the age of the half-open state.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ClientFinished_ServerKeepsTalking_IsNotTimedOut(TestedEngine engine, IPFamily family)
    {
        const int Words = 12;
        TimeSpan pause = s_halfOpen / 4;
        TcpBackend backend = Backend(family, async (connection, stopping) =>
        {
            for (int i = 0; i < Words; i++)
            {
                await connection.SendTextAsync("x");
                await Task.Delay(pause, stopping);
            }
        });
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { HalfOpenTimeout = s_halfOpen * 3 }, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        client.FinishSending();

        Assert.Equal(new string('x', Words), await client.ReceiveTextToEndAsync());
        await proxy.ExpectEndAsync(CloseReason.Finished);
    }

    /// <summary>A connection that nobody reads shows its end by its error state.</summary>
    private static bool IsDead(TcpPeer peer) => peer.Socket.Poll(0, System.Net.Sockets.SelectMode.SelectError) || HasReset(peer);

    private static bool HasReset(TcpPeer peer)
    {
        try
        {
            return peer.Socket.Send([0]) < 0;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return true;
        }
    }
}
