using System.Net;
using L4Proxy.DataPlane.ProxyProtocol;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>An endpoint that is to know its clients hears of each before anything else, once.</summary>
public sealed class ProxyHeaderOutTests : ConformanceTest
{
    private static ServiceOptions Sends(ProxyProtocolVersion version, ServiceOptions? service = null, bool checksum = false) =>
        (service ?? Service) with { ProxyProtocol = new ProxyProtocolOptions { Send = version, SendChecksum = checksum } };

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task SilentClient_EndpointHearsOfItAtOnce_InVersion1(TestedEngine engine, IPFamily family) =>
        await AssertToldAsync(engine, family, Sends(ProxyProtocolVersion.V1));

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task SilentClient_EndpointHearsOfItAtOnce_InVersion2(TestedEngine engine, IPFamily family) =>
        await AssertToldAsync(engine, family, Sends(ProxyProtocolVersion.V2));

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task SilentClient_EndpointHearsOfItAtOnce_WithAChecksum(TestedEngine engine, IPFamily family) =>
        await AssertToldAsync(engine, family, Sends(ProxyProtocolVersion.V2, checksum: true));

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ClientThatTalksAndFinishesAtOnce_IsHeardAfterTheHeader(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, ProxyHeaders.TellAndEcho);
        ProxyFixture proxy = await ProxyAsync(engine, family, Sends(ProxyProtocolVersion.V2), backend.EndPoint);
        for (int i = 0; i < 20; i++)
        {
            TcpPeer client = await ConnectAsync(proxy);
            string line = ProxyHeaders.Line(HeaderOf(client, proxy.EndPoint));
            await client.SendTextAsync("request");
            client.FinishSending();
            Assert.Equal(line + "request", await client.ReceiveTextToEndAsync());
            await proxy.ExpectEndAsync(CloseReason.Finished);
        }
    }

    /// <summary>Attempts that fail or lose say nothing; the one that wins says it once.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task RefusedAndSilentEndpoints_TheOneThatAnswersGetsTheHeaderOnce(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, ProxyHeaders.TellAndEcho);
        BlackHole hole = await BlackHoleAsync(family);
        ServiceOptions service = Sends(ProxyProtocolVersion.V1, DefaultService with
        {
            Ejection = new EjectionOptions { ConsecutiveFailures = 0, ConsecutiveTimeouts = 0 },
            Dial = new DialOptions { HedgeDelay = TimeSpan.FromMilliseconds(20), AttemptTimeout = TimeSpan.FromSeconds(20), TotalTimeout = TimeSpan.FromSeconds(20) },
        });
        ProxyFixture proxy = await ProxyAsync(engine, family, service, Refused(family), hole.EndPoint, backend.EndPoint);
        for (int i = 0; i < 6; i++)
        {
            TcpPeer client = await ConnectAsync(proxy);
            string line = ProxyHeaders.Line(HeaderOf(client, proxy.EndPoint));
            await client.SendTextAsync("x");
            Assert.Equal(line + "x", await client.ReceiveTextAsync(line.Length + 1));
            client.Dispose();
        }

        Assert.Equal(6, backend.Accepted);
    }

    /// <summary>What is relayed and what the proxy says itself are counted apart: each law can be checked.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task Bytes_OfHeadersAndOfClients_AreCountedApart(TestedEngine engine, IPFamily family)
    {
        const int Count = 3_000_000;
        TcpBackend backend = Backend(family, ProxyHeaders.TellAndEcho);
        ProxyFixture proxy = await ProxyAsync(engine, family, Sends(ProxyProtocolVersion.V2), backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        string line = ProxyHeaders.Line(HeaderOf(client, proxy.EndPoint));
        Payload payload = new(1);
        Task sending = client.SendPayloadAsync(payload, Count);
        Assert.Equal(line, await client.ReceiveTextAsync(line.Length));
        await client.ReceivePayloadAsync(payload, Count);
        await sending;
        client.FinishSending();
        await client.ReadToEndAsync();
        ConnectionEnd end = await proxy.ExpectEndAsync(CloseReason.Finished);

        TrafficTotals totals = proxy.Total();
        Assert.Equal((Count, Count), (totals.UpReceived, totals.UpSent));
        Assert.Equal(Count, end.BytesUp);
        Assert.Equal(family == IPFamily.IPv4 ? 28 : 52, totals.HeadersSent);
        Assert.Equal(0, totals.HeadersReceived);
        Assert.Equal(totals.UpSent + totals.HeadersSent, backend.BytesReceived);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task EndpointThatResetsAtOnce_IsSeenAsSuch(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Reset);
        ProxyFixture proxy = await ProxyAsync(engine, family, Sends(ProxyProtocolVersion.V1), backend.EndPoint);
        for (int i = 0; i < 50; i++)
        {
            await AssertRefusedAsync(proxy.EndPoint);
            await proxy.ExpectEndAsync(CloseReason.ServerReset, CloseReason.ConnectFailed);
        }
    }

    /// <summary>An IPv4 client of [::] is an IPv4 client to its endpoint.</summary>
    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task DualListener_ClientsOfBothFamilies_AreToldInTheirOwn(TestedEngine engine, IPFamily family)
    {
        Requires.Family(IPFamily.IPv6);
        TcpBackend backend = Backend(family, async (connection, stopping) =>
        {
            (_, byte[] bytes) = await ProxyHeaders.ReceiveAsync(connection);
            await connection.SendAsync(bytes);
        });
        ProxyFixture proxy = await ProxyAsync(engine, family, Sends(ProxyProtocolVersion.V1), backend.EndPoint);
        proxy.Set(ProxyFixture.Key, [new IPEndPoint(IPAddress.IPv6Any, 0)], [backend.EndPoint], Sends(ProxyProtocolVersion.V1));
        await proxy.ApplyAsync();
        int port = proxy.EndPoint.Port;
        using TcpPeer four = await TcpPeer.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        Assert.Equal($"PROXY TCP4 127.0.0.1 127.0.0.1 {four.LocalEndPoint.Port} {port}\r\n", await four.ReceiveTextToEndAsync());
        using TcpPeer six = await TcpPeer.ConnectAsync(new IPEndPoint(IPAddress.IPv6Loopback, port));
        Assert.Equal($"PROXY TCP6 ::1 ::1 {six.LocalEndPoint.Port} {port}\r\n", await six.ReceiveTextToEndAsync());
    }

    /// <summary>Endpoints that expect a header note a connection without one as an error.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task HealthChecks_SendAHeaderToo(TestedEngine engine, IPFamily family)
    {
        foreach (ProxyProtocolVersion version in new[] { ProxyProtocolVersion.V1, ProxyProtocolVersion.V2 })
        {
            TaskCompletionSource<ProxyHeader> seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
            TcpBackend backend = Backend(family, async (connection, stopping) =>
            {
                IPEndPoint peer = (IPEndPoint)connection.Socket.RemoteEndPoint!;
                (ProxyHeader header, _) = await ProxyHeaders.ReceiveAsync(connection);
                Assert.True(!header.HasAddresses || header.Source == ClientAddress.From(peer));
                seen.TrySetResult(header);
                await connection.ReadToEndAsync();
            });
            ServiceOptions service = Sends(version, Service with
            {
                HealthCheck = new HealthCheckOptions { Enabled = true, Interval = TimeSpan.FromMilliseconds(100) },
            });
            ProxyFixture proxy = await ProxyAsync(engine, family, service, backend.EndPoint);
            ProxyHeader said = await seen.Task.Within();
            Assert.Equal(version == ProxyProtocolVersion.V1, said.HasAddresses);
            Assert.True(proxy.StateOf(backend.EndPoint).Healthy);
        }
    }

    private async Task AssertToldAsync(TestedEngine engine, IPFamily family, ServiceOptions service)
    {
        TcpBackend backend = Backend(family, ProxyHeaders.TellAndEcho);
        ProxyFixture proxy = await ProxyAsync(engine, family, service, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        string line = ProxyHeaders.Line(HeaderOf(client, proxy.EndPoint));
        Assert.Equal(line, await client.ReceiveTextAsync(line.Length));
    }

    private static ProxyHeader HeaderOf(TcpPeer client, IPEndPoint proxy) => new(ClientAddress.From(client.LocalEndPoint), ClientAddress.From(proxy));
}
