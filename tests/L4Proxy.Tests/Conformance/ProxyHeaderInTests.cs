using System.Net;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using L4Proxy.Tests.ProxyProtocol;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>A listener that requires a PROXY header takes it from whom it trusts, however it arrives, and takes nothing more.</summary>
public sealed class ProxyHeaderInTests : ConformanceTest
{
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(400);

    /// <summary>A longer header than usual, with every kind of part.</summary>
    private static byte[] LongHeader { get; } = HeaderBytes.V2(0x21, 0x21, [.. HeaderBytes.Block6, .. HeaderBytes.Tlv(0x02, new byte[200])]);

    private static ServiceOptions Accepts(ServiceOptions? service = null) => (service ?? Service) with
    {
        ProxyProtocol = new ProxyProtocolOptions { Accept = true, TrustedSources = ProxyHeaders.Loopback, Timeout = TimeSpan.FromSeconds(20) },
    };

    private static ServiceOptions AcceptsInTime(TimeSpan timeout) =>
        Accepts() with { ProxyProtocol = Accepts().ProxyProtocol with { Timeout = timeout } };

    /// <summary>The two pieces may or may not arrive apart; over all splits and runs both happen.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task HeaderSplitAtEveryByte_IsUnderstood(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, Accepts(), backend.EndPoint);
        foreach (ProxyProtocolVersion version in new[] { ProxyProtocolVersion.V1, ProxyProtocolVersion.V2 })
        {
            byte[] stream = [.. ProxyHeaders.Write(version, HeaderBytes.Header6, checksum: true), .. "ping"u8];
            for (int split = 1; split < stream.Length; split++)
            {
                using TcpPeer client = await TcpPeer.ConnectAsync(proxy.EndPoint);
                await client.SendAsync(stream.AsMemory(0, split));
                await Task.Yield();
                await client.SendAsync(stream.AsMemory(split));
                client.FinishSending();
                Assert.Equal("ping", await client.ReceiveTextToEndAsync());
                ConnectionEnd end = await proxy.ExpectEndAsync(CloseReason.Finished);
                Assert.Equal((HeaderBytes.Header6.Source, 4L), (end.Client, end.BytesUp));
            }
        }
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task HeaderOneByteAtATime_IsUnderstood_AndServerSpeaksFirst(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("220 ready\r\n"));
        ProxyFixture proxy = await ProxyAsync(engine, family, Accepts(), backend.EndPoint);
        foreach (byte[] header in new[] { LongHeader, ProxyHeaders.Write(ProxyProtocolVersion.V1, HeaderBytes.Header4) })
        {
            TcpPeer client = await ConnectAsync(proxy);
            for (int i = 0; i < header.Length; i++)
            {
                Assert.Equal(header == LongHeader ? 0 : 1, backend.Accepted);
                await client.SendAsync(header.AsMemory(i, 1));
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }

            Assert.Equal("220 ready\r\n", await client.ReceiveTextAsync(11));
        }

        Assert.Equal(LongHeader.Length + "PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\n".Length, proxy.Total().HeadersReceived);
        Assert.Equal(0, proxy.Total().UpReceived);
    }

    /// <summary>The time runs from accept on: neither silence nor a byte now and then holds a place for longer.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task HeaderNotCompleteInTime_IsReset(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, AcceptsInTime(s_short), backend.EndPoint);
        TcpPeer silent = await ConnectAsync(proxy);
        Assert.Equal(StreamEnd.Reset, await silent.ReadToEndAsync());
        await proxy.ExpectEndAsync(CloseReason.ProxyHeaderTimeout);

        TcpPeer slow = await ConnectAsync(proxy);
        await slow.SendAsync(LongHeader.AsMemory(0, 20));
        Task<ConnectionEnd> ended = proxy.ExpectEndAsync(CloseReason.ProxyHeaderTimeout);
        for (int i = 20; i < LongHeader.Length && !ended.IsCompleted; i++)
        {
            try
            {
                await slow.SendAsync(LongHeader.AsMemory(i, 1));
            }
            catch (System.Net.Sockets.SocketException e) when (TcpPeer.IsReset(e))
            {
                // The end will tell why.
            }

            await Task.WhenAny(ended, Task.Delay(s_short / 8, TestContext.Current.CancellationToken));
        }

        ConnectionEnd late = await ended;
        Assert.InRange(late.Duration, s_short / 2, s_short * 10);
        Assert.Equal(ClientAddress.From(slow.LocalEndPoint), late.Client);
        Assert.Equal(0, backend.Accepted);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task NoHeaderOrABrokenOne_IsResetAtOnce_AndReachesNoEndpoint(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, Accepts(), backend.EndPoint);
        byte[] badChecksum = ProxyHeaders.Write(ProxyProtocolVersion.V2, HeaderBytes.Header4, checksum: true);
        badChecksum[20] ^= 1;
        byte[][] streams =
        [
            "GET / HTTP/1.1\r\n\r\n"u8.ToArray(),
            [0x16, 0x03, 0x01],
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n"u8.ToArray(),
            "PROXY TCP4 1.2.3.4 1.2.3 1 2\r\nping"u8.ToArray(),
            [.. "PROXY UNKNOWN "u8, .. new byte[107]],
            [.. HeaderBytes.Signature, 0x21, 0x11, 0xFF, 0xFF],
            HeaderBytes.V2(0x21, 0x11, [.. HeaderBytes.Block4, 1, 2]),
            badChecksum,
        ];
        foreach (byte[] stream in streams)
        {
            TcpPeer client = await ConnectAsync(proxy);
            await client.SendAsync(stream);
            Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
            await proxy.ExpectEndAsync(CloseReason.ProxyHeaderInvalid);
        }

        Assert.Equal(0, backend.Accepted);
        Assert.Equal(streams.Length, proxy.Service.ClosedFor(CloseReason.ProxyHeaderInvalid));
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ClientThatLeavesBeforeItsHeaderIsComplete_IsSeenAsSuch(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, Accepts(), backend.EndPoint);
        foreach (int sent in new[] { 0, 1, 20, LongHeader.Length - 1 })
        {
            TcpPeer finishes = await ConnectAsync(proxy);
            await finishes.SendAsync(LongHeader.AsMemory(0, sent));
            finishes.FinishSending();
            Assert.Equal(StreamEnd.Reset, await finishes.ReadToEndAsync());
            await proxy.ExpectEndAsync(CloseReason.ProxyHeaderIncomplete);

            TcpPeer resets = await ConnectAsync(proxy);
            await resets.SendAsync(LongHeader.AsMemory(0, sent));
            resets.Reset();
            await proxy.ExpectEndAsync(CloseReason.ProxyHeaderIncomplete);
        }

        Assert.Equal(0, backend.Accepted);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task HalfCloseRightAfterTheHeader_IsPassedOn(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, async (connection, _) =>
        {
            Assert.Equal(StreamEnd.Finished, await connection.ReadToEndAsync());
            await connection.SendTextAsync("goodbye");
        });
        ProxyFixture proxy = await ProxyAsync(engine, family, Accepts(), backend.EndPoint);
        for (int i = 0; i < 20; i++)
        {
            TcpPeer client = await ConnectAsync(proxy);
            await client.SendAsync(LongHeader);
            if (i % 2 == 0)
            {
                await Task.Yield();
            }

            client.FinishSending();
            Assert.Equal("goodbye", await client.ReceiveTextToEndAsync());
            await proxy.ExpectEndAsync(CloseReason.Finished);
        }
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task BulkBehindTheHeader_ArrivesWhole(TestedEngine engine, IPFamily family)
    {
        const int Count = 8 * 1024 * 1024;
        Payload payload = new(7);
        TaskCompletionSource<(long Length, StreamEnd End)> received = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TcpBackend backend = Backend(family, async (connection, _) => received.SetResult(await connection.ReceivePayloadToEndAsync(payload)));
        ProxyFixture proxy = await ProxyAsync(engine, family, Accepts(), backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        await client.SendAsync(new byte[][] { LongHeader, payload.Bytes(Count) }.SelectMany(b => b).ToArray());
        client.FinishSending();

        Assert.Equal((Count, StreamEnd.Finished), await received.Task.Within());
        await client.ReadToEndAsync();
        await proxy.ExpectEndAsync(CloseReason.Finished);
        TrafficTotals totals = proxy.Total();
        Assert.Equal((Count, Count, LongHeader.Length), (totals.UpReceived, totals.UpSent, totals.HeadersReceived));
        Assert.Equal(engine == TestedEngine.Linux, proxy.Server.Engine.Counters.SplicedBytes > 0);
    }

    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task PeerThatIsNotTrusted_IsResetUnread(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, Accepts() with
        {
            ProxyProtocol = new ProxyProtocolOptions { Accept = true, TrustedSources = NetworkSet.Of([IPNetwork.Parse("127.0.0.1/32")]) },
        }, backend.EndPoint);
        await AssertRefusedAsync(proxy.EndPoint, new TcpPeerOptions { LocalAddress = IPAddress.Parse("127.0.0.9") });
        await proxy.ExpectEndAsync(CloseReason.ProxyHeaderNotTrusted);

        TcpPeer trusted = await ConnectAsync(proxy);
        await trusted.SendAsync(HeaderBytes.V2(0x20, 0));
        await trusted.SendTextAsync("x");
        Assert.Equal("x", await trusted.ReceiveTextAsync(1));
        trusted.Dispose();
        await proxy.ExpectEndAsync(CloseReason.Finished);

        await proxy.ApplyOptionsAsync(o => o with { ProxyProtocol = o.ProxyProtocol with { TrustedSources = NetworkSet.Empty } });
        await AssertRefusedAsync(proxy.EndPoint);
        await proxy.ExpectEndAsync(CloseReason.ProxyHeaderNotTrusted);
        Assert.Equal(1, backend.Accepted);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task StopWhileHeadersAreAwaited_ResetsThoseClients(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, new ProxyFixtureOptions { Service = Accepts(), MayCut = true }, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        await client.SendAsync(LongHeader.AsMemory(0, 30));
        await Eventually.Equal(1, () => proxy.Service.Active);
        Assert.Equal(1, await proxy.StopAsync(TimeSpan.Zero));
        Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
        await proxy.ExpectEndAsync(CloseReason.ShutdownWhileConnecting);
    }

    /// <summary>Who is still sending its header when the table changes is decided about by the new one.</summary>
    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task TableChangesWhileHeadersAreAwaited_NewOneDecides(TestedEngine engine, IPFamily family)
    {
        TcpBackend before = Backend(family, Scripts.Say("before"));
        TcpBackend after = Backend(family, Scripts.Say("after"));
        ProxyFixture proxy = await ProxyAsync(engine, family, Accepts(), before.EndPoint);
        byte[] header = ProxyHeaders.Write(ProxyProtocolVersion.V1, HeaderBytes.Header4);
        TcpPeer[] clients = [await ConnectAsync(proxy), await ConnectAsync(proxy), await ConnectAsync(proxy)];
        foreach (TcpPeer client in clients)
        {
            await client.SendAsync(header.AsMemory(0, 20));
        }

        await Eventually.Equal(clients.Length, () => proxy.Service.Active);
        await proxy.ApplyEndpointsAsync(after.EndPoint);
        await clients[0].SendAsync(header.AsMemory(20));
        Assert.Equal("after", await clients[0].ReceiveTextToEndAsync());
        clients[0].Dispose();
        await proxy.ExpectEndAsync(CloseReason.Finished);

        await AllowAsync(NetworkSet.Of([IPNetwork.Parse("203.0.113.0/24")]));
        await clients[1].SendAsync(header.AsMemory(20));
        Assert.Equal(StreamEnd.Reset, await clients[1].ReadToEndAsync());
        await proxy.ExpectEndAsync(CloseReason.SourceNotAllowed);

        await AllowAsync(NetworkSet.Of([IPNetwork.Parse("192.0.2.0/24")]));
        await proxy.ApplyEndpointsAsync();
        await clients[2].SendAsync(header.AsMemory(20));
        Assert.Equal(StreamEnd.Reset, await clients[2].ReadToEndAsync());
        await proxy.ExpectEndAsync(CloseReason.NoEndpoint);
        Assert.Equal(0, before.Accepted);

        Task AllowAsync(NetworkSet sources)
        {
            proxy.Change(ProxyFixture.Key, e => e with { Frontends = [.. e.Frontends.Select(f => f with { AllowedSources = sources })] });
            return proxy.ApplyAsync();
        }
    }

    /// <summary>Each place that a header was awaited in is free again, and the laws hold for a mix of all.</summary>
    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task ManyClientsWithAndWithoutHeaders_EverythingAddsUp(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, ProxyHeaders.TellAndEcho);
        ServiceOptions service = AcceptsInTime(s_short) with { MaxConnections = 64 };
        service = service with { ProxyProtocol = service.ProxyProtocol with { Send = ProxyProtocolVersion.V2 } };
        ProxyFixture proxy = await ProxyAsync(engine, family, service, backend.EndPoint);
        await Parallel.ForEachAsync(Enumerable.Range(0, 300), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            byte[] header = ProxyHeaders.Write(i % 2 == 0 ? ProxyProtocolVersion.V1 : ProxyProtocolVersion.V2, HeaderBytes.Header4);
            header[^1] ^= i % 5 == 0 ? (byte)1 : (byte)0;
            using TcpPeer client = await TcpPeer.ConnectAsync(proxy.EndPoint);
            await client.SendAsync(header.AsMemory(0, i % 7 == 0 ? header.Length - 3 : header.Length));
            try
            {
                if (i % 7 != 0)
                {
                    client.FinishSending();
                }
            }
            catch (System.Net.Sockets.SocketException)
            {
                // A broken header was answered by a reset before.
            }

            await client.ReadToEndAsync();
        });
        await proxy.AssertReconciledAsync();
        Assert.Equal(300, proxy.Total().Accepted);
        await Eventually.Equal(0, () => backend.Active);
        Assert.Equal(proxy.Total().HeadersSent, backend.BytesReceived);
    }
}
