using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Tests.Balancing;
using Xunit;

namespace L4Proxy.Tests.Dialing;

/// <summary>What clients see of failing endpoints, in virtual time.</summary>
public sealed class EjectionDialTests
{
    private readonly VirtualNetwork _network = new();

    private List<VirtualDial> Run(ServiceState service, int clients, int intervalMs)
    {
        List<VirtualDial> dials = [];
        for (int i = 0; i < clients; i++)
        {
            long start = _network.NowMs;
            dials.Add(_network.Connect(service, client: i));
            _network.NowMs = Math.Max(_network.NowMs, start + intervalMs);
        }

        return dials;
    }

    [Theory]
    [InlineData(BalanceMethod.RoundRobin)]
    [InlineData(BalanceMethod.LeastConnections)]
    [InlineData(BalanceMethod.Random)]
    [InlineData(BalanceMethod.SourceHash)]
    public void BlackHole_OneOfThree_CostsThreeHedgesAndOneForEachTrial(BalanceMethod balance)
    {
        ServiceState service = Sample.Service(new ServiceOptions { Balance = balance }, 3);
        _network.Silence(1);
        List<VirtualDial> dials = Run(service, clients: 6500, intervalMs: 10);

        // 65 s: ejected for 10 s, 20 s, and 40 s; the clients that met it waited for one hedge delay.
        Assert.All(dials, d => Assert.True(d.Endpoint is 0 or 2));
        int[] delays = [.. dials.Select(d => (int)d.ElapsedMs).Where(ms => ms > 1)];
        Assert.Equal([101, 101, 101, 101, 101], delays);
        Assert.Equal(3, service.At(1).Ejections);
        Assert.Equal(5, service.At(1).DialTimeouts);
    }

    [Fact]
    public void BlackHole_Recovers_IsBackWithTheFirstTrial()
    {
        ServiceState service = Sample.Service(3);
        _network.Silence(1);
        _ = Run(service, clients: 100, intervalMs: 10);
        Assert.True(service.At(1).Ejected);
        _network.Heal(1);
        _network.NowMs += 10_000;

        VirtualDial trial = _network.Connect(service);
        Assert.Equal((1, 1), (trial.Endpoint, trial.ElapsedMs));
        Assert.False(service.At(1).Ejected);
        Assert.Equal(5, Run(service, clients: 15, intervalMs: 10).Count(d => d.Endpoint == 1));
    }

    [Fact]
    public void Refusing_OneOfThree_IsNotTriedAfterFiveRefusals()
    {
        ServiceState service = Sample.Service(3);
        _network.Refuse(0);
        List<VirtualDial> dials = Run(service, clients: 900, intervalMs: 10);
        Assert.All(dials, d => Assert.NotNull(d.Endpoint));
        Assert.All(dials, d => Assert.InRange(d.ElapsedMs, 1, 2));
        Assert.Equal(5, dials.Count(d => d.Tried.Contains(0)));
    }

    [Fact]
    public void Refusing_RestShareEvenly()
    {
        ServiceState service = Sample.Service(new ServiceOptions { Ejection = new EjectionOptions { ConsecutiveFailures = 0 } }, 4);
        _network.Refuse(2);
        List<VirtualDial> dials = Run(service, clients: 3000, intervalMs: 10);
        Assert.All(dials.CountBy(d => d.Endpoint ?? -1), c => Assert.InRange(c.Value, 999, 1001));
    }

    [Fact]
    public void Ejected_AllOthersFail_ServesAsLastResort()
    {
        ServiceState service = Sample.Service(3);
        _network.Refuse(1);
        _ = Run(service, clients: 100, intervalMs: 10);
        Assert.True(service.At(1).Ejected);

        _network.Heal(1);
        _network.Refuse(0, 2);
        Assert.Equal(1, _network.Connect(service).Endpoint);
        Assert.False(service.At(1).Ejected);
    }

    [Fact]
    public void AllRefuse_EveryClientIsToldAtOnceAndTheFirstHealedServes()
    {
        ServiceState service = Sample.Service(3);
        _network.Refuse(0, 1, 2);
        Assert.All(Run(service, clients: 200, intervalMs: 10), d => Assert.Equal((3, CloseReason.ConnectFailed), (d.ElapsedMs, d.Reason)));
        Assert.NotEmpty(service.Current.Cluster.Pool.Members);

        _network.Heal(1);
        Assert.All(Run(service, clients: 200, intervalMs: 10), d => Assert.Equal(1, d.Endpoint));
    }

    [Fact]
    public void SingleEndpoint_Flapping_IsNeverOut()
    {
        ServiceState service = Sample.Service(1);
        _network.Silence(0);
        Assert.All(Run(service, clients: 20, intervalMs: 10), d => Assert.Equal((1000, CloseReason.ConnectTimeout), (d.ElapsedMs, d.Reason)));
        _network.Heal(0);
        Assert.Equal(0, _network.Connect(service).Endpoint);
    }

    [Fact]
    public void SlowButLiving_BelowHedgeDelay_IsNeverBlamed()
    {
        _network.LatencyMs = 99;
        ServiceState service = Sample.Service(3);
        _ = Run(service, clients: 100, intervalMs: 10);
        Assert.All(service.Endpoints, e => Assert.True(e.Marks.IsClean));
    }

    [Fact]
    public void SlowerThanHedgeDelay_EveryEndpoint_NobodyIsEjected()
    {
        // All answer after 150 ms: the attempt that was started first wins, so nobody is blamed.
        _network.LatencyMs = 150;
        ServiceState service = Sample.Service(3);
        Assert.All(Run(service, clients: 100, intervalMs: 10), d => Assert.Equal(150, d.ElapsedMs));
        Assert.All(service.Endpoints, e => Assert.True(e.Marks.IsClean));
    }
}
