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

/// <summary>An endpoint that refuses or stays silent costs a client no connection that another endpoint can serve.</summary>
public sealed class DialFailureTests : ConformanceTest
{
    private static readonly TimeSpan s_attempt = TimeSpan.FromMilliseconds(500);

    private static DialOptions NoHedge { get; } = new() { AttemptTimeout = s_attempt, HedgeDelay = TimeSpan.Zero };

    private static EjectionOptions NoEjection { get; } = new() { ConsecutiveFailures = 0, ConsecutiveTimeouts = 0 };

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task OneEndpointRefuses_EveryClientIsServedByTheOther(TestedEngine engine, IPFamily family)
    {
        const int Clients = 20;
        IPEndPoint refused = Refused(family);
        TcpBackend backend = Backend(family, Scripts.Say("a"));
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { Ejection = NoEjection }, refused, backend.EndPoint);

        for (int i = 0; i < Clients; i++)
        {
            Assert.Equal("a", await AskNameAsync(proxy.EndPoint));
        }

        await Eventually.Equal(Clients, () => proxy.Ends.Count);
        int retries = proxy.Ends.All.Sum(e => e.Retries);
        Assert.InRange(retries, Clients / 2 - 1, Clients);
        Assert.Equal(retries, proxy.StateOf(refused).DialFailures);
        Assert.Equal(Clients, proxy.StateOf(backend.EndPoint).Connections);
        Assert.All(proxy.Ends.All, e => Assert.Equal(backend.EndPoint, e.Endpoint!.Address));
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task EveryEndpointRefuses_ClientIsResetAtOnce(TestedEngine engine, IPFamily family)
    {
        IPEndPoint[] refused = [.. Enumerable.Range(0, 5).Select(_ => Refused(family))];
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { Ejection = NoEjection }, refused);
        long start = Stopwatch.GetTimestamp();

        await AssertRefusedAsync(proxy.EndPoint);

        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1), "a refusal is not waited for");
        ConnectionEnd end = await proxy.ExpectEndAsync(CloseReason.ConnectFailed);
        Assert.Null(end.Endpoint);
        Assert.Equal(new DialOptions().MaxEndpoints - 1, end.Retries);
        long[] failures = [.. refused.Select(r => proxy.StateOf(r).DialFailures)];
        Assert.All(failures, f => Assert.InRange(f, 0, 1));
        Assert.Equal(new DialOptions().MaxEndpoints, failures.Sum());
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task OnlyEndpointIsSilent_ClientIsResetAfterTheAttemptTimeout(TestedEngine engine, IPFamily family)
    {
        BlackHole hole = await BlackHoleAsync(family);
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { Dial = NoHedge }, hole.EndPoint);
        long start = Stopwatch.GetTimestamp();

        TcpPeer client = await ConnectAsync(proxy);
        Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());

        TimeSpan took = Stopwatch.GetElapsedTime(start);
        Assert.InRange(took, s_attempt - TimeSpan.FromMilliseconds(50), s_attempt * 4);
        await proxy.ExpectEndAsync(CloseReason.ConnectTimeout);
        Assert.Equal(1, proxy.StateOf(hole.EndPoint).DialTimeouts);
        Assert.Equal(0, proxy.StateOf(hole.EndPoint).Active);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task EveryEndpointIsSilent_TheWholeSearchIsBounded(TestedEngine engine, IPFamily family)
    {
        var total = TimeSpan.FromMilliseconds(700);
        var holes = new List<IPEndPoint>();
        for (int i = 0; i < 4; i++)
        {
            holes.Add((await BlackHoleAsync(family)).EndPoint);
        }

        DialOptions dial = NoHedge with { MaxEndpoints = 4, TotalTimeout = total };
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { Dial = dial, Ejection = NoEjection }, holes);
        long start = Stopwatch.GetTimestamp();

        TcpPeer client = await ConnectAsync(proxy);
        Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());

        Assert.InRange(Stopwatch.GetElapsedTime(start), total - TimeSpan.FromMilliseconds(50), total * 3);
        await proxy.ExpectEndAsync(CloseReason.ConnectTimeout);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task OneOfThreeIsSilent_HedgeServesEveryClientBeforeTheAttemptTimeout(TestedEngine engine, IPFamily family)
    {
        const int Clients = 12;
        BlackHole hole = await BlackHoleAsync(family);
        TcpBackend a = Backend(family, Scripts.Say("x"));
        TcpBackend b = Backend(family, Scripts.Say("x"));
        DialOptions dial = new() { AttemptTimeout = TimeSpan.FromSeconds(20), TotalTimeout = TimeSpan.FromSeconds(20) };
        ProxyFixture proxy = await ProxyAsync(
            engine, family, Service with { Dial = dial, Ejection = NoEjection }, hole.EndPoint, a.EndPoint, b.EndPoint);

        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Clients; i++)
        {
            Assert.Equal("x", await AskNameAsync(proxy.EndPoint));
        }

        Assert.True(Stopwatch.GetElapsedTime(start) < dial.AttemptTimeout, "a client waited for the silent endpoint");
        // How often its turn comes depends on the hedges, which take turns of their own.
        Assert.InRange(proxy.StateOf(hole.EndPoint).DialTimeouts, 1, Clients);
        await Eventually.Equal(0, () => proxy.StateOf(hole.EndPoint).Active);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task OneOfThreeIsSilent_AfterEjectionNobodyWaits(TestedEngine engine, IPFamily family)
    {
        BlackHole hole = await BlackHoleAsync(family);
        TcpBackend a = Backend(family, Scripts.Say("x"));
        TcpBackend b = Backend(family, Scripts.Say("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, DefaultService, hole.EndPoint, a.EndPoint, b.EndPoint);
        while (!proxy.StateOf(hole.EndPoint).Ejected)
        {
            Assert.Equal("x", await AskNameAsync(proxy.EndPoint));
        }

        long timeouts = proxy.StateOf(hole.EndPoint).DialTimeouts;
        var took = new List<double>();
        for (int i = 0; i < 100; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Assert.Equal("x", await AskNameAsync(proxy.EndPoint));
            took.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        Assert.Equal(new EjectionOptions().ConsecutiveTimeouts, timeouts);
        Assert.Equal(timeouts, proxy.StateOf(hole.EndPoint).DialTimeouts);
        Assert.True(took.Order().ElementAt(took.Count / 2) < 20, "the median connection waits although the silent endpoint is out");
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task AllEndpointsAreDown_ClientsAreResetFast_AndServedOnceOneIsBack(TestedEngine engine, IPFamily family)
    {
        TcpBackend a = Backend(family, Scripts.Say("a"));
        TcpBackend b = Backend(family, Scripts.Say("b"));
        ProxyFixture proxy = await ProxyAsync(engine, family, a.EndPoint, b.EndPoint);
        await a.StopListeningAsync();
        await b.StopListeningAsync();
        long start = Stopwatch.GetTimestamp();

        for (int i = 0; i < 20; i++)
        {
            await AssertRefusedAsync(proxy.EndPoint);
        }

        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(4), "a refusal is not waited for");
        a.Resume();
        Assert.True(await IsServedAsync(proxy.EndPoint), "an endpoint is back, its ejection must not keep clients out when nothing else is left");
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task ClientResets_WhileEndpointIsDialled_TheDialIsGivenUp(TestedEngine engine, IPFamily family)
    {
        BlackHole hole = await BlackHoleAsync(family);
        DialOptions dial = new()
        {
            AttemptTimeout = TimeSpan.FromMinutes(5),
            TotalTimeout = TimeSpan.FromMinutes(5),
            HedgeDelay = TimeSpan.Zero,
        };
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { Dial = dial }, hole.EndPoint);
        TcpPeer client = await ConnectAsync(proxy);
        await Eventually.Equal(1, () => proxy.StateOf(hole.EndPoint).Active);

        client.Reset();

        await proxy.ExpectEndAsync(CloseReason.ClientResetWhileConnecting);
        EndpointState state = proxy.StateOf(hole.EndPoint);
        Assert.Equal((0, 0L, 0L), (state.Active, state.DialFailures, state.DialTimeouts));
    }

    /// <summary>Once a byte was passed on, what it did is unknown: nobody else is asked behind the endpoint's back.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task EndpointResets_AfterTheFirstByte_NoOtherIsTried(TestedEngine engine, IPFamily family)
    {
        const int Clients = 6;
        BackendScript readAndReset = async (connection, _) =>
        {
            await connection.ReceiveTextAsync(1);
            connection.Reset();
        };
        TcpBackend a = Backend(family, readAndReset);
        TcpBackend b = Backend(family, readAndReset);
        ProxyFixture proxy = await ProxyAsync(engine, family, a.EndPoint, b.EndPoint);

        for (int i = 0; i < Clients; i++)
        {
            TcpPeer client = await ConnectAsync(proxy);
            await client.SendTextAsync("x");
            Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
            ConnectionEnd end = await proxy.ExpectEndAsync(CloseReason.ServerReset);
            Assert.Equal(0, end.Retries);
        }

        Assert.Equal(Clients, a.Accepted + b.Accepted);
    }

    /// <summary>
    /// Whether it still counts as a failed dial or as a reset of the connection depends on which comes first; the
    /// client is reset either way, and it is nobody's defect.
    /// </summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task EndpointResets_AsSoonAsItConnected_ClientIsReset(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Reset);
        ProxyFixture proxy = await ProxyAsync(engine, family, backend.EndPoint);

        for (int i = 0; i < 50; i++)
        {
            await AssertRefusedAsync(proxy.EndPoint);
            await proxy.ExpectEndAsync(CloseReason.ServerReset, CloseReason.ConnectFailed);
        }
    }
}
