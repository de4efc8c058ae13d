using System.Net;
using L4Proxy.DataPlane.Health;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests.Health;

public sealed class ActiveHealthCheckerTests : IDisposable
{
    private static readonly HealthCheckOptions s_options = new()
    {
        Enabled = true,
        Interval = TimeSpan.FromSeconds(2),
        Timeout = TimeSpan.FromSeconds(1),
        Rise = 2,
        Fall = 3,
    };

    private readonly ManualTimeProvider _time = new();
    private readonly ActiveHealthChecker _checker;

    public ActiveHealthCheckerTests() => _checker = new ActiveHealthChecker(_time, NullLogger<ActiveHealthChecker>.Instance);

    public void Dispose() => _checker.Dispose();

    [Fact]
    public async Task Follow_EndpointDiesAndComesBack_IsTakenOutAndIn()
    {
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Echo);
        ServiceState service = Service(s_options, backend.EndPoint);
        EndpointState endpoint = Assert.Single(service.Endpoints);
        _checker.Follow(service);
        await AdvanceUntil(() => backend.Accepted >= 3);
        Assert.True(endpoint.Healthy);

        await backend.KillAsync();
        await AdvanceUntil(() => !endpoint.Healthy);

        backend.Resume();
        int before = backend.Accepted;
        await AdvanceUntil(() => endpoint.Healthy);
        Assert.True(backend.Accepted - before >= s_options.Rise);
    }

    [Fact]
    public async Task Follow_SilentEndpoint_TimesOut()
    {
        using BlackHole hole = await BlackHole.StartAsync(IPFamily.IPv4);
        ServiceState service = Service(s_options with { Fall = 1 }, hole.EndPoint);
        _checker.Follow(service);
        await AdvanceUntil(() => !service.Endpoints[0].Healthy);
    }

    [Fact]
    public async Task Probe_Passed_EndsOrderly()
    {
        TaskCompletionSource<int> read = new();
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, async (TcpPeer peer, CancellationToken _) =>
            read.TrySetResult(await peer.ReceiveAsync(new byte[1])));
        _checker.Follow(Service(s_options, backend.EndPoint));
        await AdvanceUntil(() => backend.Accepted >= 1);
        Assert.Equal(0, await read.Task.Within());
    }

    [Fact]
    public async Task Follow_CheckNotWanted_AsksNobody()
    {
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Echo);
        _checker.Follow(Service(s_options with { Enabled = false }, backend.EndPoint));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, _time.ArmedTimers);
        Assert.Equal(0, backend.Accepted);
    }

    [Fact]
    public async Task Follow_EndpointLeaves_IsAskedNoMoreAndOthersAre()
    {
        await using TcpBackend stays = TcpBackend.Start(IPFamily.IPv4, Scripts.Echo);
        await using TcpBackend leaves = TcpBackend.Start(IPFamily.IPv4, Scripts.Echo);
        ServiceState service = Service(s_options, stays.EndPoint, leaves.EndPoint);
        _checker.Follow(service);
        await AdvanceUntil(() => stays.Accepted > 0 && leaves.Accepted > 0);

        service.Rebind(Entry(s_options, stays.EndPoint));
        _checker.Follow(service);
        await Eventually.Equal(1, () => _time.ArmedTimers);
        (int stayed, int left) = (stays.Accepted, leaves.Accepted);
        await AdvanceUntil(() => stays.Accepted >= stayed + 5);
        Assert.Equal(left, leaves.Accepted);
    }

    [Fact]
    public async Task Follow_CheckTurnedOff_EndpointIsHealthyAgain()
    {
        using RefusedPort refused = new(IPFamily.IPv4);
        ServiceState service = Service(s_options, refused.EndPoint);
        EndpointState endpoint = service.Endpoints[0];
        _checker.Follow(service);
        await AdvanceUntil(() => !endpoint.Healthy);

        service.Rebind(Entry(s_options with { Enabled = false }, refused.EndPoint));
        _checker.Follow(service);
        Assert.True(endpoint.Healthy);
        await Eventually.Equal(0, () => _time.ArmedTimers);
    }

    [Fact]
    public async Task Follow_ManyEndpoints_AreNotAskedAllAtOnce()
    {
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Echo);
        ServiceState[] services = [.. Enumerable.Range(0, 64).Select(_ => Service(s_options, backend.EndPoint))];
        Array.ForEach(services, _checker.Follow);
        await Eventually.Equal(64, () => _time.ArmedTimers);
        _time.Advance(s_options.Interval / 2);
        await Eventually.Settled(() => backend.Accepted, TimeSpan.FromMilliseconds(100));

        // The chance that all of 64 random moments lie in one half is one in 2^63.
        Assert.InRange(backend.Accepted, 1, 63);
        _time.Advance(s_options.Interval / 2);
        await Eventually.True(() => backend.Accepted >= 64);
    }

    private static ServiceEntry Entry(HealthCheckOptions options, params IPEndPoint[] endpoints) => new()
    {
        Key = new ServicePortKey("default", "web", "", ServiceProtocol.Tcp),
        Frontends = [],
        Endpoints = [.. endpoints.Select(e => new EndpointEntry { Address = e })],
        Options = ServiceOptions.Default with { HealthCheck = options },
    };

    private static ServiceState Service(HealthCheckOptions options, params IPEndPoint[] endpoints) => new(Entry(options, endpoints), 1);

    /// <summary>
    /// Lets checks come as fast as they are answered. A step is shorter than the time-out, so that a connect to a
    /// port that answers has real time to succeed.
    /// </summary>
    private Task AdvanceUntil(Func<bool> condition) => Eventually.True(() =>
    {
        _time.Advance(s_options.Timeout / 4);
        return condition();
    });
}
