using System.Text;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>How a connection ends on one side is how it ends on the other, and nothing sent before a close is lost.</summary>
public sealed class CloseTests : ConformanceTest
{
    private const int MiB = 1 << 20;

    private static readonly TimeSpan s_slow = TimeSpan.FromMilliseconds(300);

    [Theory, EveryEngine]
    public async Task ServerClosesRightAfterWriting_ClientReadsSlowly_NothingIsLost(TestedEngine engine, IPFamily family)
    {
        var payload = new Payload(1);
        TcpBackend backend = Backend(family, Scripts.Source(payload, 10 * MiB));
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy, new TcpPeerOptions { ReceiveBuffer = 8192 });

        await Task.Delay(s_slow);

        Assert.Equal((10 * MiB, StreamEnd.Finished), await client.ReceivePayloadToEndAsync(payload));
        client.Dispose();
        await proxy.ExpectEndAsync(CloseReason.Finished);
    }

    [Theory, EveryEngine]
    public async Task ClientClosesRightAfterWriting_ServerReadsSlowly_NothingIsLost(TestedEngine engine, IPFamily family)
    {
        var payload = new Payload(2);
        var arrived = new TaskCompletionSource<(long, StreamEnd)>(TaskCreationOptions.RunContinuationsAsynchronously);
        TcpBackend backend = Backend(
            family,
            async (connection, stopping) =>
            {
                await Task.Delay(s_slow, stopping);
                arrived.SetResult(await connection.ReceivePayloadToEndAsync(payload));
            },
            receiveBuffer: 8192);
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);

        using (TcpPeer client = await TcpPeer.ConnectAsync(proxy.EndPoint))
        {
            await client.SendPayloadAsync(payload, 10 * MiB);
        }

        Assert.Equal((10 * MiB, StreamEnd.Finished), await arrived.Task.Within());
        await proxy.ExpectEndAsync(CloseReason.Finished);
    }

    [Theory, EveryEngine]
    public async Task ServerResets_WhileDataFlows_ClientSeesReset(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        await ExchangeAsync(client);

        (await backend.NextConnectionAsync()).Reset();

        Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
        await proxy.ExpectEndAsync(CloseReason.ServerReset);
    }

    [Theory, EveryEngine]
    public async Task ClientResets_WhileDataFlows_ServerSeesReset(TestedEngine engine, IPFamily family)
    {
        var ended = new TaskCompletionSource<StreamEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        TcpBackend backend = Backend(family, async (connection, _) =>
        {
            await connection.SendAsync(new byte[4]);
            ended.SetResult(await connection.ReadToEndAsync());
        });
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        await ExchangeAsync(client);

        client.Reset();

        Assert.Equal(StreamEnd.Reset, await ended.Task.Within());
        await proxy.ExpectEndAsync(CloseReason.ClientReset);
    }

    /// <summary>Reading has stopped because the server does not drain: the client's reset must be noticed all the same.</summary>
    [Theory, EveryEngine]
    public async Task ClientResets_WhileServerReadsNothing_ConnectionEnds(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Stall);
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        Task pushing = client.SendPayloadAsync(new Payload(3), 1L << 40);
        await Eventually.Settled(() => client.BytesSent, quiet: s_slow);

        client.Reset();

        await proxy.ExpectEndAsync(CloseReason.ClientReset);
        await Assert.ThrowsAnyAsync<Exception>(() => pushing).Within();
    }

    [Theory, EveryEngine]
    public async Task ServerResets_WhileClientReadsNothing_ConnectionEnds(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Source(new Payload(4), 1L << 40));
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        TcpPeer server = await backend.NextConnectionAsync();
        await Eventually.Settled(() => server.BytesSent, quiet: s_slow);

        server.Reset();

        await proxy.ExpectEndAsync(CloseReason.ServerReset);
        Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ClientResets_AfterServerFinished_IsTheClientsDoing(TestedEngine engine, IPFamily family)
    {
        var ended = new TaskCompletionSource<StreamEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        TcpBackend backend = Backend(family, async (connection, _) =>
        {
            connection.FinishSending();
            ended.SetResult(await connection.ReadToEndAsync());
        });
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        Assert.Equal(StreamEnd.Finished, await client.ReadToEndAsync());

        client.Reset();

        Assert.Equal(StreamEnd.Reset, await ended.Task.Within());
        await proxy.ExpectEndAsync(CloseReason.ClientResetWhileClosing);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ServerResets_AfterClientFinished_IsTheServersDoing(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, async (connection, _) =>
        {
            Assert.Equal(StreamEnd.Finished, await connection.ReadToEndAsync());
            connection.Reset();
        });
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        client.FinishSending();

        Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
        await proxy.ExpectEndAsync(CloseReason.ServerResetWhileClosing);
    }

    /// <summary>RFC 6093: urgent data is a mark in the stream. The byte itself may be left out or kept; the rest flows on.</summary>
    [Theory, EveryEngine]
    public async Task UrgentByte_InEitherDirection_DoesNotStopTheStream(TestedEngine engine, IPFamily family)
    {
        var arrived = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        TcpBackend backend = Backend(family, async (connection, _) =>
        {
            await connection.SendTextAsync("abc");
            connection.SendUrgent((byte)'!');
            await connection.SendTextAsync("def");
            connection.FinishSending();
            arrived.SetResult(await connection.ReceiveTextToEndAsync());
        });
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        await client.SendTextAsync("uvw");
        client.SendUrgent((byte)'!');
        await client.SendTextAsync("xyz");
        string down = await client.ReceiveTextToEndAsync();
        client.FinishSending();
        string up = await arrived.Task.Within();

        Assert.Equal("abcdef", down.Replace("!", "", StringComparison.Ordinal));
        Assert.Equal("uvwxyz", up.Replace("!", "", StringComparison.Ordinal));
        await proxy.ExpectEndAsync(CloseReason.Finished);
    }

    /// <summary>Where bytes are spliced, the mark of urgent data must not be taken for the end of the stream.</summary>
    [Theory, EveryEngine]
    public async Task UrgentByte_AmidABulkTransfer_LosesNothingElse(TestedEngine engine, IPFamily family)
    {
        const int Part = 8 << 20;
        var payload = new Payload(5);
        TcpBackend backend = Backend(family, async (connection, _) =>
        {
            await connection.SendPayloadAsync(payload, Part);
            connection.SendUrgent((byte)'!');
            await connection.SendPayloadAsync(payload, Part, Part);
            connection.FinishSending();
            await connection.ReadToEndAsync();
        });
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        Assert.Equal((2 * Part, StreamEnd.Finished), await client.ReceivePayloadToEndAsync(payload));
        client.FinishSending();
        await proxy.ExpectEndAsync(CloseReason.Finished);
    }

    private static async Task ExchangeAsync(TcpPeer client)
    {
        await client.SendAsync(Encoding.ASCII.GetBytes("ping"));
        Assert.Equal(4, (await client.ReceiveTextAsync(4)).Length);
    }
}
