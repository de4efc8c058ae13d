using System.Net.Sockets;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using Xunit;

namespace L4Proxy.Tests.Engines.Portable;

public sealed class PortableRelayTests
{
    /// <summary>More than all buffers between the two ends hold together.</summary>
    private const int Large = 16 * 1024 * 1024;

    public static TheoryData<bool> Families => [false, true];

    [Theory]
    [MemberData(nameof(Families))]
    public async Task Relay_BothWays_DeliversAndCountsEveryByte(bool ipv6)
    {
        await using var bench = new PortableBench(ipv6);
        (Socket client, Socket server) = await bench.PairAsync();
        byte[] up = Bytes(100_000, 1);
        byte[] down = Bytes(200_000, 2);

        Task sending = Task.WhenAll(PortableBench.SendAsync(client, up), PortableBench.SendAsync(server, down));
        Assert.Equal(up, await PortableBench.ReadAsync(server, up.Length));
        Assert.Equal(down, await PortableBench.ReadAsync(client, down.Length));
        await sending;
        client.Dispose();
        Assert.False((await PortableBench.ReadToEndAsync(server)).Reset);
        server.Dispose();

        ConnectionEnd end = await bench.NextEndAsync();
        Assert.Equal(CloseReason.Finished, end.Reason);
        Assert.Equal((up.Length, down.Length), (end.BytesUp, end.BytesDown));
        Assert.Equal(0, end.Retries);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task Relay_ClientFinishesFirst_ServerStillAnswers(bool ipv6)
    {
        await using var bench = new PortableBench(ipv6);
        (Socket client, Socket server) = await bench.PairAsync();

        client.Shutdown(SocketShutdown.Send);
        Assert.Empty((await PortableBench.ReadToEndAsync(server)).Data);
        byte[] answer = Bytes(Large, 3);
        Task sending = PortableBench.SendAsync(server, answer).ContinueWith(_ => server.Dispose(), TaskScheduler.Default);
        (byte[] data, bool reset) = await PortableBench.ReadToEndAsync(client);
        await sending;

        Assert.False(reset);
        Assert.Equal(answer, data);
        client.Dispose();
        Assert.Equal(CloseReason.Finished, (await bench.NextEndAsync()).Reason);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task Relay_ServerFinishesFirst_ClientStillSends(bool ipv6)
    {
        await using var bench = new PortableBench(ipv6);
        (Socket client, Socket server) = await bench.PairAsync();

        server.Shutdown(SocketShutdown.Send);
        Assert.Empty((await PortableBench.ReadToEndAsync(client)).Data);
        byte[] upload = Bytes(Large, 4);
        Task sending = PortableBench.SendAsync(client, upload).ContinueWith(_ => client.Dispose(), TaskScheduler.Default);
        (byte[] data, bool reset) = await PortableBench.ReadToEndAsync(server);
        await sending;

        Assert.False(reset);
        Assert.Equal(upload, data);
        server.Dispose();
        Assert.Equal(CloseReason.Finished, (await bench.NextEndAsync()).Reason);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task Relay_ServerResets_ClientGetsTheDataAndTheReset(bool ipv6)
    {
        await using var bench = new PortableBench(ipv6);
        (Socket client, Socket server) = await bench.PairAsync();

        await PortableBench.SendAsync(server, Bytes(20_000, 5));
        Assert.Equal(20_000, (await PortableBench.ReadAsync(client, 20_000)).Length);
        server.Close(0);

        Assert.True((await PortableBench.ReadToEndAsync(client)).Reset);
        Assert.Equal(CloseReason.ServerReset, (await bench.NextEndAsync()).Reason);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task Relay_ClientResets_ServerIsReset(bool ipv6)
    {
        await using var bench = new PortableBench(ipv6);
        (Socket client, Socket server) = await bench.PairAsync();

        client.Close(0);

        Assert.True((await PortableBench.ReadToEndAsync(server)).Reset);
        Assert.Equal(CloseReason.ClientReset, (await bench.NextEndAsync()).Reason);
    }

    [Fact]
    public async Task Relay_ClientResetsAfterItsFin_SilentServerIsReset()
    {
        await using var bench = new PortableBench();
        (Socket client, Socket server) = await bench.PairAsync();

        client.Shutdown(SocketShutdown.Send);
        Assert.Empty((await PortableBench.ReadToEndAsync(server)).Data);
        client.Close(0);

        Assert.Equal(CloseReason.ClientResetWhileClosing, (await bench.NextEndAsync()).Reason);
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            // The server has read the FIN already: the reset shows when it writes.
            for (int i = 0; i < 100; i++)
            {
                await server.SendAsync(new byte[1]);
            }
        });
    }

    [Fact]
    public async Task Relay_ServerAnswersEarlyAndCloses_ClientStillGetsTheAnswer()
    {
        await using var bench = new PortableBench();
        (Socket client, Socket server) = await bench.PairAsync();
        byte[] answer = Bytes(1_000_000, 6);
        Task answering = PortableBench.SendAsync(server, answer);
        byte[] got = await PortableBench.ReadAsync(client, answer.Length - 1000);
        await answering;

        // A close with unread bytes resets, as a server does that refuses an upload.
        await PortableBench.SendAsync(client, Bytes(1000, 7));
        await PortableBench.ReadAsync(server, 1);
        server.Dispose();
        (byte[] rest, bool reset) = await PortableBench.ReadToEndAsync(client);

        Assert.True(reset);
        Assert.Equal(answer, (byte[])[.. got, .. rest]);
        Assert.Equal(CloseReason.ServerReset, (await bench.NextEndAsync()).Reason);
    }

    [Fact]
    public async Task Relay_ClientReadsNothing_HoldsNoMoreThanABlock()
    {
        await using var bench = new PortableBench(engine: new EngineOptions { BufferSize = 4096 });
        (Socket client, Socket server) = await bench.PairAsync();
        byte[] data = Bytes(Large, 8);

        Task sending = PortableBench.SendAsync(server, data);
        Assert.Equal(data, await PortableBench.ReadAsync(client, data.Length));
        await sending;

        Assert.InRange(bench.Service.Totals().DownReceived - bench.Service.Totals().DownSent, 0, 4096);
        client.Close(0);
        server.Dispose();
    }

    [Fact]
    public async Task Relay_ServerSpeaksFirst_ClientReadsTheBanner()
    {
        await using var bench = new PortableBench();
        (Socket client, Socket server) = await bench.PairAsync();

        await PortableBench.SendAsync(server, "hello"u8.ToArray());

        Assert.Equal("hello"u8.ToArray(), await PortableBench.ReadAsync(client, 5));
        client.Dispose();
        server.Dispose();
    }

    [Theory]
    [InlineData(false, CloseReason.ServerIdle)]
    [InlineData(true, CloseReason.ClientIdle)]
    public async Task Relay_IdleTimeout_NamesWhoWasToSpeak(bool serverSpoke, CloseReason expected)
    {
        await using var bench = new PortableBench(options: new ServiceOptions { IdleTimeout = TimeSpan.FromMilliseconds(200) });
        (Socket client, Socket server) = await bench.PairAsync();
        if (serverSpoke)
        {
            await PortableBench.SendAsync(server, [1]);
            await PortableBench.ReadAsync(client, 1);
        }

        ConnectionEnd end = await bench.NextEndAsync();

        Assert.Equal(expected, end.Reason);
        Assert.InRange(end.Duration.TotalMilliseconds, 190, 5000);
        Assert.True((await PortableBench.ReadToEndAsync(client)).Reset);
        server.Dispose();
    }

    [Theory]
    [InlineData(true, CloseReason.ServerHalfOpen)]
    [InlineData(false, CloseReason.ClientHalfOpen)]
    public async Task Relay_HalfOpenTimeout_NamesWhoHadNotFinished(bool clientFinishes, CloseReason expected)
    {
        await using var bench = new PortableBench(options: new ServiceOptions { HalfOpenTimeout = TimeSpan.FromMilliseconds(200) });
        (Socket client, Socket server) = await bench.PairAsync();

        (clientFinishes ? client : server).Shutdown(SocketShutdown.Send);

        Assert.Equal(expected, (await bench.NextEndAsync()).Reason);
        client.Dispose();
        server.Dispose();
    }

    [Fact]
    public async Task Relay_MaxAge_EndsABusyConnection()
    {
        await using var bench = new PortableBench(options: new ServiceOptions { MaxAge = TimeSpan.FromMilliseconds(300) });
        (Socket client, Socket server) = await bench.PairAsync();
        await PortableBench.SendAsync(client, [1]);

        ConnectionEnd end = await bench.NextEndAsync();

        Assert.Equal(CloseReason.MaxAge, end.Reason);
        client.Dispose();
        server.Dispose();
    }

    private static byte[] Bytes(int count, int seed)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
