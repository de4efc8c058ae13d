using System.Diagnostics;
using System.Net;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>
/// Known flaws of kube-proxy's userspace mode that this proxy does not have. Lost half-closes are covered by
/// <see cref="HalfCloseTests"/>, terminating endpoints by <see cref="EndpointChangeTests"/>, descriptor exhaustion
/// (which ended the process) by the system tests, which can lower the limit.
/// </summary>
public sealed class KubeProxyFlawTests : ConformanceTest
{
    private static readonly TimeSpan s_longDial = TimeSpan.FromSeconds(20);

    private static DialOptions PatientDial { get; } = new()
    {
        AttemptTimeout = s_longDial,
        TotalTimeout = s_longDial,
        HedgeDelay = TimeSpan.Zero,
        MaxEndpoints = 1,
    };

    /// <summary>It dialled inside the accept loop: one silent endpoint delayed every client of the port.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task SilentEndpoint_DelaysNoOtherClientOfThePort(TestedEngine engine, IPFamily family)
    {
        BlackHole hole = await BlackHoleAsync(family);
        TcpBackend backend = Backend(family, Scripts.Say("x"));
        ProxyFixture proxy = await ProxyAsync(
            engine, family, new ProxyFixtureOptions { Service = Service with { Dial = PatientDial }, MayCut = true },
            hole.EndPoint, backend.EndPoint);
        long start = Stopwatch.GetTimestamp();

        Task<string>[] clients = [.. Enumerable.Range(0, 10).Select(_ => AskAsync(proxy))];
        int served = 0;
        await foreach (Task<string> answer in Task.WhenEach(clients))
        {
            Assert.Equal("x", await answer);
            if (++served == clients.Length / 2)
            {
                break;
            }
        }

        Assert.True(Stopwatch.GetElapsedTime(start) < s_longDial / 4, "served, but after waiting for the dial of somebody else");
        Assert.Equal(5, proxy.StateOf(hole.EndPoint).Active);
    }

    /// <summary>It held the balancer's lock, and so the configuration, while it dialled.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task DialIsUnderWay_TableChangesAtOnce(TestedEngine engine, IPFamily family)
    {
        BlackHole hole = await BlackHoleAsync(family);
        TcpBackend backend = Backend(family, Scripts.Say("x"));
        ProxyFixture proxy = await ProxyAsync(
            engine, family, new ProxyFixtureOptions { Service = Service with { Dial = PatientDial }, MayCut = true }, hole.EndPoint);
        TcpPeer waiting = await ConnectAsync(proxy);
        await Eventually.Equal(1, () => proxy.StateOf(hole.EndPoint).Active);

        long start = Stopwatch.GetTimestamp();
        await proxy.ApplyEndpointsAsync(backend.EndPoint);
        Assert.Equal("x", await AskNameAsync(proxy.EndPoint));

        Assert.True(Stopwatch.GetElapsedTime(start) < s_longDial / 4, "the change waited for a dial");
        waiting.Reset();
        await Eventually.Equal(1, () => (int)proxy.Service.ClosedFor(CloseReason.ClientResetWhileConnecting));
    }

    /// <summary>It dialled the same refusing endpoint four times for one client.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task OnlyEndpointRefuses_IsDialledOnceForOneClient(TestedEngine engine, IPFamily family)
    {
        IPEndPoint refused = Refused(family);
        ProxyFixture proxy = await ProxyAsync(engine, family, refused);

        await AssertRefusedAsync(proxy.EndPoint);

        Assert.Equal(0, (await proxy.ExpectEndAsync(CloseReason.ConnectFailed)).Retries);
        Assert.Equal(1, proxy.StateOf(refused).DialFailures);
    }

    /// <summary>It accepted clients of a Service without endpoints, and closed them as if all were well.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ServiceWithoutEndpoints_RefusesAndNeverAccepts(TestedEngine engine, IPFamily family)
    {
        ProxyFixture proxy = await ProxyAsync(engine, family);

        for (int i = 0; i < 5; i++)
        {
            await AssertRefusedAsync(proxy.EndPoint);
        }

        Assert.False(proxy.Server.Listeners.Single().Open);
        Assert.Equal(0, proxy.Service.Totals().Accepted);
    }

    /// <summary>It moved a client's pin to an endpoint that it had not yet reached.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task PinnedEndpointIsGone_PinMovesOnlyToAnEndpointThatAnswers(TestedEngine engine, IPFamily family)
    {
        ServiceOptions sticky = Service with { Affinity = new AffinityOptions { Kind = AffinityKind.ClientIP } };
        TcpBackend pinned = Backend(family, Scripts.Say("pinned"));
        ProxyFixture proxy = await ProxyAsync(engine, family, sticky, pinned.EndPoint);
        Assert.Equal("pinned", await AskNameAsync(proxy.EndPoint));
        TcpBackend answering = Backend(family, Scripts.Say("answering"));
        IPEndPoint refused = Refused(family);
        await proxy.ApplyEndpointsAsync(pinned.EndPoint, refused, answering.EndPoint);
        await pinned.StopListeningAsync();

        Assert.Equal("answering", await AskNameAsync(proxy.EndPoint));
        long failures = proxy.StateOf(refused).DialFailures;
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("answering", await AskNameAsync(proxy.EndPoint));
        }

        Assert.Equal(failures, proxy.StateOf(refused).DialFailures);
    }

    /// <summary>A change of the affinity timeout alone never took effect.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task AffinityTimeoutChanges_HoldsForPinsThatExist(TestedEngine engine, IPFamily family)
    {
        AffinityOptions affinity = new() { Kind = AffinityKind.ClientIP };
        TcpBackend a = Backend(family, Scripts.Say("a"));
        TcpBackend b = Backend(family, Scripts.Say("b"));
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { Affinity = affinity }, a.EndPoint, b.EndPoint);
        string first = await AskNameAsync(proxy.EndPoint);
        Assert.Equal(first, await AskNameAsync(proxy.EndPoint));

        await proxy.ApplyOptionsAsync(o => o with { Affinity = affinity with { Timeout = TimeSpan.FromSeconds(1) } });
        await Task.Delay(TimeSpan.FromMilliseconds(1500));

        // The pin is over, so the client takes its turn like a new one.
        Assert.NotEqual(first, await AskNameAsync(proxy.EndPoint));
    }

    /// <summary>A change of a detail opened a new socket on a new port, and clients of the old one were lost.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task DetailChanges_ListenerStaysAndItsBacklogToo(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { MaxConnections = 1 }, backend.EndPoint);
        TcpPeer first = await ConnectAsync(proxy);
        Assert.Equal("x", await first.ReceiveTextAsync(1));
        TcpPeer inBacklog = await ConnectAsync(proxy);

        await proxy.ApplyOptionsAsync(o => o with { Affinity = new AffinityOptions { Kind = AffinityKind.ClientIP } });
        first.FinishSending();
        Assert.Equal(StreamEnd.Finished, await first.ReadToEndAsync());

        Assert.Equal("x", await inBacklog.ReceiveTextAsync(1));
    }

    /// <summary>It remembered every client for ever.</summary>
    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task ManyClients_AffinityKeepsNoMoreThanItsLimit(TestedEngine engine, IPFamily family)
    {
        const int Kept = 4;
        AffinityOptions affinity = new() { Kind = AffinityKind.ClientIP, MaxEntries = Kept };
        TcpBackend a = Backend(family, Scripts.Say("a"));
        TcpBackend b = Backend(family, Scripts.Say("b"));
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { Affinity = affinity }, a.EndPoint, b.EndPoint);

        // Of two endpoints in turn, the first client gets one; an even number of others leaves the turn where it was
        // before the odd one out, so that a forgotten client gets the other.
        string first = await AskFromAsync(proxy, 1);
        for (byte i = 2; i <= (Kept * 2) + 1; i++)
        {
            await AskFromAsync(proxy, i);
        }

        Assert.NotEqual(first, await AskFromAsync(proxy, 1));
    }

    /// <summary>It counted nothing.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task EveryConnectionIsCounted_WithItsBytesAndItsEnd(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Echo);
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        IPEndPoint from = client.LocalEndPoint;

        await client.SendTextAsync("hello");
        client.FinishSending();
        Assert.Equal("hello", await client.ReceiveTextToEndAsync());

        ConnectionEnd end = await proxy.ExpectEndAsync(CloseReason.Finished);
        Assert.Equal((5L, 5L, 0), (end.BytesUp, end.BytesDown, end.Retries));
        Assert.Equal(from, end.Client.ToIPEndPoint());
        Assert.Equal(backend.EndPoint, end.Endpoint!.Address);
        Assert.InRange(end.ConnectTime, TimeSpan.FromTicks(1), end.Duration);
        TrafficTotals totals = proxy.Service.Totals();
        Assert.Equal((1, 1, 5, 5), (totals.Accepted, totals.Closed, totals.UpSent, totals.DownSent));
        Assert.Equal(1, proxy.Service.ClosedFor(CloseReason.Finished));
    }

    private async Task<string> AskAsync(ProxyFixture proxy) => await (await ConnectAsync(proxy)).ReceiveTextToEndAsync();

    private static Task<string> AskFromAsync(ProxyFixture proxy, byte host) =>
        AskNameAsync(proxy.EndPoint, new TcpPeerOptions { LocalAddress = new IPAddress([127, 0, 3, host]) });
}
