using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>Who does not read stops the one who writes, and nothing else; the proxy keeps a bounded amount in between.</summary>
public sealed class BackpressureTests : ConformanceTest
{
    private const int MiB = 1 << 20;
    private const long TenGiB = 10L << 30;

    /// <summary>
    /// Four socket buffers lie between writer and reader; the system's largest are 32 MiB for receiving and 4 MiB for
    /// sending (net.ipv4.tcp_rmem, tcp_wmem), and a receive buffer grows only while it is read.
    /// </summary>
    private const long MostInSocketBuffers = 72 * MiB;

    /// <summary>A pipe used for splicing holds 1 MiB at most (fs.pipe-max-size), a buffer much less.</summary>
    private const long MostInProxy = 2 * MiB;

    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(400);

    /// <summary>
    /// A reset meets a write and a read at once here, and the kernel tells only one of them: the other sees an end.
    /// Whose doing it was must be right; the phase may be either.
    /// </summary>
    private static readonly CloseReason[] s_clientReset = [CloseReason.ClientReset, CloseReason.ClientResetWhileClosing];

    [Theory, EveryEngine]
    public async Task Download_ClientReadsNothing_ServerIsStoppedAndGoesOnLater(TestedEngine engine, IPFamily family)
    {
        var payload = new Payload(1);
        TcpBackend backend = Backend(family, Scripts.Source(payload, TenGiB));
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        long pushed = await Eventually.Settled(() => backend.BytesSent, s_quiet);
        Assert.InRange(pushed, 1, MostInSocketBuffers);
        AssertLittleIsHeld(proxy);

        await client.ReceivePayloadAsync(payload, pushed + (100 * MiB));
        await Eventually.Settled(() => backend.BytesSent, s_quiet);
        AssertLittleIsHeld(proxy);

        client.Reset();
        await proxy.ExpectEndAsync(s_clientReset);
    }

    [Theory, EveryEngine]
    public async Task Upload_ServerReadsNothing_ClientIsStoppedAndGoesOnLater(TestedEngine engine, IPFamily family)
    {
        const long Rest = 100 * MiB;
        var payload = new Payload(2);
        var read = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var arrived = new TaskCompletionSource<(long, StreamEnd)>(TaskCreationOptions.RunContinuationsAsynchronously);
        TcpBackend backend = Backend(family, async (connection, _) =>
        {
            await read.Task.Within();
            arrived.SetResult(await connection.ReceivePayloadToEndAsync(payload));
        });
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);

        Task sending = client.SendPayloadAsync(payload, Rest);
        long pushed = await Eventually.Settled(() => client.BytesSent, s_quiet);
        Assert.InRange(pushed, 1, MostInSocketBuffers);
        AssertLittleIsHeld(proxy);

        read.SetResult(pushed);
        await sending;
        client.FinishSending();
        Assert.Equal((Rest, StreamEnd.Finished), await arrived.Task.Within());
        await proxy.ExpectEndAsync(CloseReason.Finished);
    }

    [Theory, EveryEngine]
    public async Task Download_IsStopped_UploadOnTheSameConnectionGoesOn(TestedEngine engine, IPFamily family)
    {
        const long Size = 50 * MiB;
        var up = new Payload(3);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TcpBackend backend = Backend(family, async (connection, stopping) =>
        {
            Task pushing = Scripts.Source(new Payload(4), TenGiB)(connection, stopping);
            await connection.ReceivePayloadAsync(up, Size);
            arrived.SetResult();
            await pushing;
        });
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        await Eventually.Settled(() => backend.BytesSent, s_quiet);

        await client.SendPayloadAsync(up, Size);

        await arrived.Task.Within();
        client.Reset();
        await proxy.ExpectEndAsync(s_clientReset);
    }

    [Theory, EveryEngine]
    public async Task Download_IsStopped_OtherConnectionsGoOn(TestedEngine engine, IPFamily family)
    {
        const int Blocked = 20;
        const int Exchanges = 200;
        TcpBackend backend = Backend(family, async (connection, stopping) =>
        {
            BackendScript script = await connection.ReceiveTextAsync(1) == "s" ? Scripts.Source(new Payload(5), TenGiB) : Scripts.Echo;
            await script(connection, stopping);
        });
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        for (int i = 0; i < Blocked; i++)
        {
            TcpPeer blocked = await ConnectAsync(proxy, new TcpPeerOptions { ReceiveBuffer = 4096 });
            await blocked.SendTextAsync("s");
        }

        await Eventually.Settled(() => backend.BytesSent, s_quiet);

        TcpPeer client = await ConnectAsync(proxy);
        await client.SendTextAsync("e");
        for (int i = 0; i < Exchanges; i++)
        {
            await client.SendTextAsync("ping");
            Assert.Equal("ping", await client.ReceiveTextAsync(4));
        }
    }

    private static void AssertLittleIsHeld(ProxyFixture proxy)
    {
        if (!proxy.IsDirect)
        {
            Assert.InRange(proxy.Total().Pending, 0, MostInProxy);
        }
    }
}
