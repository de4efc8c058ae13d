using System.Net;
using System.Net.Sockets;
using System.Text;
using L4Proxy.DataPlane;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using L4Proxy.Tests.ProxyProtocol;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>
/// One listener for many frontends: where a connection was meant to go says whose it is. Here nothing rewrites destinations, so a
/// frontend is reached by its own loopback address and the capture listener's port.
/// </summary>
public sealed class CaptureTests : ConformanceTest
{
    private const int Limit = 4;

    private static readonly ServicePortKey s_capture = new("", "capture", "", ServiceProtocol.Tcp);

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task Captured_ByItsAddress_IsServedAndToldApart(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Echo);
        (ProxyFixture proxy, IPEndPoint target) = await CapturingAsync(engine, family, backend);

        TcpPeer client = await ConnectAsync(target);
        await client.SendTextAsync("hello");
        Assert.Equal("hello", await client.ReceiveTextAsync(5));
        client.FinishSending();
        Assert.Equal(StreamEnd.Finished, await client.ReadToEndAsync());

        ConnectionEnd end = await proxy.ExpectEndAsync(CloseReason.Finished);
        Assert.Equal(ProxyFixture.Key, end.Service.Key);
        Assert.Equal(ClientAddress.From(target), end.Destination);
        Assert.Equal(0, proxy.StateOf(s_capture).Totals().Accepted);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task Captured_ByAWildcard_TakesWhatNoExactAddressHas(TestedEngine engine, IPFamily family)
    {
        TcpBackend exact = Backend(family, Scripts.Say("exact"));
        TcpBackend wild = Backend(family, Scripts.Say("wild"));
        (ProxyFixture proxy, IPEndPoint target) = await CapturingAsync(engine, family, exact);
        ServicePortKey node = ProxyFixture.KeyOf("node");
        proxy.Set(node, [], [wild.EndPoint]);
        IPAddress any = family == IPFamily.IPv4 ? IPAddress.Any : IPAddress.IPv6Any;
        proxy.Change(node, e => e with { Frontends = [Captured(new IPEndPoint(any, target.Port), FrontendKind.NodePort)] });
        await proxy.ApplyAsync();

        Assert.Equal("exact", await AskNameAsync(target));
        if (family == IPFamily.IPv4)
        {
            Assert.Equal("wild", await AskNameAsync(At(7, target.Port)));
        }

        proxy.Remove(ProxyFixture.Key);
        await proxy.ApplyAsync();
        Assert.Equal("wild", await AskNameAsync(target));
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ConnectionToTheCapturePortItself_IsResetAndCounted(TestedEngine engine, IPFamily family)
    {
        const int Attempts = 1000;
        TcpBackend backend = Backend(family, Scripts.Say("x"));
        (ProxyFixture proxy, IPEndPoint target) = await CapturingAsync(engine, family, backend);
        proxy.Change(ProxyFixture.Key, e => e with { Frontends = [Captured(new IPEndPoint(target.Address, 9))] });
        await proxy.ApplyAsync();

        for (int i = 0; i < Attempts; i++)
        {
            await AssertRefusedAsync(target);
        }

        ServiceState capture = proxy.StateOf(s_capture);
        await Eventually.Equal(Attempts, () => (int)capture.ClosedFor(CloseReason.NoService));
        Assert.Equal(Attempts, capture.Totals().Accepted);
        Assert.Equal(0, backend.Accepted);
        Assert.Equal(ClientAddress.From(target), proxy.Ends.All.First().Destination);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task NoEndpoint_IsResetBeforeAnyRead(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Say("x"));
        (ProxyFixture proxy, IPEndPoint target) = await CapturingAsync(engine, family, backend);
        await proxy.ApplyEndpointsAsync();

        await AssertRefusedAsync(target);

        await proxy.ExpectEndAsync(CloseReason.NoEndpoint);
        Assert.Contains(proxy.Server.Listeners, l => l.Service == s_capture && l.Open);
        Assert.Contains(proxy.Server.Listeners, l => l.Service == ProxyFixture.Key && !l.Open);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task SourceNotAllowed_IsReset(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Say("x"));
        (ProxyFixture proxy, IPEndPoint target) = await CapturingAsync(engine, family, backend);
        proxy.Change(ProxyFixture.Key, e => e with
        {
            Frontends = [Captured(target) with { AllowedSources = NetworkSet.Of([IPNetwork.Parse("192.0.2.0/24")]) }],
        });
        await proxy.ApplyAsync();

        await AssertRefusedAsync(target);

        await proxy.ExpectEndAsync(CloseReason.SourceNotAllowed);
        Assert.Equal(1, proxy.Service.ClosedFor(CloseReason.SourceNotAllowed));
    }

    /// <summary>Headers are demanded and sent as each Service says, whatever others of the same listener do.</summary>
    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task ProxyHeaders_AreThoseOfEachService(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, ProxyHeaders.TellAndEcho);
        (ProxyFixture proxy, IPEndPoint sends) = await CapturingAsync(engine, family, backend);
        IPEndPoint accepts = At(3, sends.Port);
        AddCaptured(proxy, "accepts", accepts, backend);
        ProxyProtocolOptions options = new() { Send = ProxyProtocolVersion.V2 };
        proxy.Change(ProxyFixture.Key, e => e with { Options = e.Options with { ProxyProtocol = options } });
        options = options with { Accept = true, TrustedSources = ProxyHeaders.Loopback };
        proxy.Change(ProxyFixture.KeyOf("accepts"), e => e with
        {
            Options = e.Options with { ProxyProtocol = options },
            Frontends = [Captured(accepts) with { AllowedSources = NetworkSet.Of([IPNetwork.Parse("192.0.2.0/24")]) }],
        });
        await proxy.ApplyAsync();

        using TcpPeer client = await TcpPeer.ConnectAsync(sends);
        string line = $"{client.LocalEndPoint} {sends}\n";
        Assert.Equal(line, await client.ReceiveTextAsync(line.Length));
        client.Dispose();
        await proxy.ExpectEndAsync(CloseReason.Finished);

        using TcpPeer relay = await TcpPeer.ConnectAsync(accepts);
        await relay.SendAsync(ProxyHeaders.Write(ProxyProtocolVersion.V1, HeaderBytes.Header4));
        line = ProxyHeaders.Line(HeaderBytes.Header4);
        Assert.Equal(line, await relay.ReceiveTextAsync(line.Length));
        relay.Dispose();
        ConnectionEnd end = await proxy.ExpectEndAsync(CloseReason.Finished);
        Assert.Equal((ProxyFixture.KeyOf("accepts"), HeaderBytes.Header4.Destination), (end.Service.Key, end.Destination));
    }

    /// <summary>Even where the Service says that its clients wait: a backlog is shared by all.</summary>
    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task ServiceIsFull_ItsClientsAreReset_OthersAreServed(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        (ProxyFixture proxy, IPEndPoint target) = await CapturingAsync(engine, family, backend);
        IPEndPoint other = At(3, target.Port);
        AddCaptured(proxy, "other", other, backend);
        await proxy.ApplyOptionsAsync(o => o with { MaxConnections = Limit, Overflow = OverflowAction.Wait });
        var clients = new List<TcpPeer>();
        for (int i = 0; i < Limit; i++)
        {
            clients.Add(await ConnectAsync(target));
            Assert.Equal("x", await clients[^1].ReceiveTextAsync(1));
        }

        for (int i = 0; i < 20; i++)
        {
            await AssertRefusedAsync(target);
            Assert.True(await IsServedAsync(other));
        }

        Assert.Equal(20, proxy.Service.ClosedFor(CloseReason.LimitReached));
        clients[0].Dispose();
        await Eventually.Equal(Limit - 1, () => proxy.Service.Active);
        Assert.True(await IsServedAsync(target));
    }

    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task ProxyIsFull_NextClientWaitsAndIsServed(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        (ProxyFixture _, IPEndPoint target) = await CapturingAsync(
            engine, family, backend, new ProxyFixtureOptions { Service = Service, Engine = new() { MaxConnections = 1 } });
        TcpPeer first = await ConnectAsync(target);
        Assert.Equal("x", await first.ReceiveTextAsync(1));

        TcpPeer next = await ConnectAsync(target);
        Task<string> served = next.ReceiveTextAsync(1);
        Assert.False(served.IsCompleted);
        first.Dispose();

        Assert.Equal("x", await served);
    }

    /// <summary>The listening socket's own options are those of one Service: what another has is set on each of its clients.</summary>
    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task SocketOptions_AreThoseOfEachService(TestedEngine engine, IPFamily family)
    {
        Requires.Linux();
        TcpBackend backend = Backend(family, Scripts.Echo);
        (ProxyFixture proxy, IPEndPoint target) = await CapturingAsync(engine, family, backend);
        var services = new List<(IPEndPoint Address, int Seconds)>();
        for (byte i = 3; i < 6; i++)
        {
            int seconds = i * 1000;
            services.Add((At(i, target.Port), seconds));
            AddCaptured(proxy, $"s{i}", At(i, target.Port), backend);
            proxy.Change(ProxyFixture.KeyOf($"s{i}"), e => e with { Options = e.Options with { Tcp = new TcpOptions { KeepAliveSeconds = seconds } } });
        }

        await proxy.ApplyAsync();
        for (int round = 0; round < 3; round++)
        {
            foreach ((IPEndPoint address, int seconds) in services)
            {
                TcpPeer client = await ConnectAsync(address);
                await client.SendTextAsync("x");
                Assert.Equal("x", await client.ReceiveTextAsync(1));
                await SocketOptionTests.AssertKeepAliveAsync(seconds, address, client.LocalEndPoint);
            }
        }
    }

    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task TablesChangeWhileClientsCome_EachIsServedByWhoHasTheAddress(TestedEngine engine, IPFamily family)
    {
        const int Rounds = 60;
        TcpBackend a = Backend(family, Scripts.Say("a"));
        TcpBackend b = Backend(family, Scripts.Say("b"));
        (ProxyFixture proxy, IPEndPoint stable) = await CapturingAsync(engine, family, a);
        IPEndPoint moving = At(3, stable.Port);
        using var stop = new CancellationTokenSource();
        int served = 0;
        int moved = 0;
        Task stays = Task.Run(() => AskForEverAsync(stable, "a", mayFail: false, () => Interlocked.Increment(ref served), stop.Token));
        Task moves = Task.Run(() => AskForEverAsync(moving, "b", mayFail: true, () => Interlocked.Increment(ref moved), stop.Token));

        // Tables change for as long as it takes both to be asked often enough, however slow the machine is.
        for (int i = 0; !stays.IsCompleted && !moves.IsCompleted && (i < Rounds || Volatile.Read(ref served) <= Rounds || Volatile.Read(ref moved) == 0); i++)
        {
            AddCaptured(proxy, i % 2 == 0 ? "one" : "two", moving, b);
            proxy.Remove(ProxyFixture.KeyOf(i % 2 == 0 ? "two" : "one"));
            ApplyResult result = await proxy.ApplyAsync();
            Assert.Empty(result.Failures);
            Assert.Equal("b", await AskNameAsync(moving));
            proxy.Remove(ProxyFixture.KeyOf(i % 2 == 0 ? "one" : "two"));
            await proxy.ApplyAsync();
            await AssertRefusedAsync(moving);
        }

        await stop.CancelAsync();
        await stays;
        await moves;
        Assert.True(served > Rounds && moved > 0, $"{served} {moved}");
    }

    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task TwoServicesWantOneAddress_FirstHasIt_SecondFollows(TestedEngine engine, IPFamily family)
    {
        TcpBackend a = Backend(family, Scripts.Say("a"));
        TcpBackend b = Backend(family, Scripts.Say("b"));
        (ProxyFixture proxy, IPEndPoint target) = await CapturingAsync(engine, family, a);
        AddCaptured(proxy, "z", target, b);

        ListenerStatus failure = Assert.Single((await proxy.ApplyAsync()).Failures);
        Assert.Equal(ProxyFixture.KeyOf("z"), failure.Service);
        Assert.Contains("test/web", failure.Error, StringComparison.Ordinal);
        Assert.Equal("a", await AskNameAsync(target));

        proxy.Remove(ProxyFixture.Key);
        Assert.Empty((await proxy.ApplyAsync()).Failures);
        Assert.Equal("b", await AskNameAsync(target));
    }

    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task BothFamilies_ListenOnOnePortSideBySide(TestedEngine engine, IPFamily family)
    {
        Requires.Family(IPFamily.IPv6);
        TcpBackend backend = Backend(family, Scripts.Say("x"));
        (ProxyFixture proxy, IPEndPoint target) = await CapturingAsync(engine, family, backend);
        proxy.CaptureListeners = [new(IPAddress.Any, target.Port), new(IPAddress.IPv6Any, target.Port)];
        proxy.Change(ProxyFixture.Key, e => e with
        {
            Frontends = [Captured(target), Captured(new IPEndPoint(IPAddress.IPv6Loopback, target.Port))],
        });

        Assert.Empty((await proxy.ApplyAsync()).Failures);

        Assert.Equal("x", await AskNameAsync(target));
        Assert.Equal("x", await AskNameAsync(new IPEndPoint(IPAddress.IPv6Loopback, target.Port)));
    }

    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task CaptureListenersGo_NewClientsAreRefused_ConnectionsGoOn(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Echo);
        (ProxyFixture proxy, IPEndPoint target) = await CapturingAsync(engine, family, backend);
        TcpPeer client = await ConnectAsync(target);
        await client.SendTextAsync("a");
        Assert.Equal("a", await client.ReceiveTextAsync(1));
        proxy.CaptureListeners = [];
        await proxy.ApplyAsync();

        SocketException refused = await Assert.ThrowsAsync<SocketException>(() => TcpPeer.ConnectAsync(target));

        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        await client.SendTextAsync("b");
        Assert.Equal("b", await client.ReceiveTextAsync(1));
    }

    /// <summary>A proxy with a capture listener, and its first Service captured at an address that a client of this test can connect to.</summary>
    private async Task<(ProxyFixture Proxy, IPEndPoint Target)> CapturingAsync(
        TestedEngine engine, IPFamily family, TcpBackend backend, ProxyFixtureOptions? options = null)
    {
        ProxyFixture proxy = await ProxyAsync(engine, family, options ?? new ProxyFixtureOptions { Service = Service }, backend.EndPoint);
        proxy.CaptureListeners = [new IPEndPoint(family == IPFamily.IPv4 ? IPAddress.Any : IPAddress.IPv6Any, 0)];
        await proxy.ApplyAsync();
        int port = proxy.EndPointOf(s_capture).Port;
        IPEndPoint target = family == IPFamily.IPv4 ? At(2, port) : new IPEndPoint(IPAddress.IPv6Loopback, port);
        proxy.Change(ProxyFixture.Key, e => e with { Frontends = [Captured(target)] });
        Assert.Empty((await proxy.ApplyAsync()).Failures);
        return (proxy, target);
    }

    private static void AddCaptured(ProxyFixture proxy, string name, IPEndPoint address, TcpBackend backend)
    {
        proxy.Set(ProxyFixture.KeyOf(name), [], [backend.EndPoint]);
        proxy.Change(ProxyFixture.KeyOf(name), e => e with { Frontends = [Captured(address)] });
    }

    private static FrontendEntry Captured(IPEndPoint address, FrontendKind kind = FrontendKind.ClusterIP) =>
        new(address, kind) { Captured = true };

    private static IPEndPoint At(byte host, int port) => new(new IPAddress([127, 0, 0, host]), port);

    /// <summary>Fails when somebody else answers, or nobody does where <paramref name="mayFail"/> is false.</summary>
    private static async Task AskForEverAsync(IPEndPoint target, string expected, bool mayFail, Action answered, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                string text = "";
                using TcpPeer client = await TcpPeer.ConnectAsync(target);
                StreamEnd end = await client.ReadToEndAsync(part => text += Encoding.UTF8.GetString(part.Span));
                Assert.True(text == expected || (mayFail && text.Length == 0 && end == StreamEnd.Reset), $"{text} {end}");
                if (text == expected)
                {
                    answered();
                }
            }
            catch (SocketException e) when (mayFail && TcpPeer.IsReset(e))
            {
                // The reset was faster than the client's own view of its connect.
            }
        }
    }
}
