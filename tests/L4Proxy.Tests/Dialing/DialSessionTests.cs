using L4Proxy.DataPlane.Dialing;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Tests.Balancing;
using Xunit;

namespace L4Proxy.Tests.Dialing;

public sealed class DialSessionTests
{
    private readonly DialSession _session = new();

    private static ServiceOptions With(DialOptions dial) => new() { Dial = dial };

    private DialStep Begin(ServiceState service, long nowMs = 0, int client = 1)
    {
        _session.Begin(service, Sample.Client(client), EndpointScope.Cluster, nowMs);
        return _session.Next(nowMs);
    }

    private static void AssertStart(DialStep step, int slot)
    {
        Assert.Equal(DialStepKind.Start, step.Kind);
        Assert.Equal(slot, step.Slot);
        Assert.NotNull(step.Endpoint);
    }

    private static void AssertWait(DialStep step, long untilMs)
    {
        Assert.Equal(DialStepKind.Wait, step.Kind);
        Assert.Equal(untilMs, step.UntilMs);
    }

    private static void AssertFail(DialStep step, CloseReason reason)
    {
        Assert.Equal(DialStepKind.Fail, step.Kind);
        Assert.Equal(reason, step.Reason);
    }

    private static void AssertAbandon(DialStep step, int slot)
    {
        Assert.Equal(DialStepKind.Abandon, step.Kind);
        Assert.Equal(slot, step.Slot);
    }

    [Fact]
    public void Next_NoEndpoints_FailsAtOnce()
    {
        AssertFail(Begin(Sample.Service(0)), CloseReason.NoEndpoint);
        AssertFail(_session.Next(1), CloseReason.NoEndpoint);
    }

    [Fact]
    public void Connected_FirstAttempt_KeepsItAcquired()
    {
        ServiceState service = Sample.Service(2);
        DialStep step = Begin(service);
        AssertStart(step, 0);
        Assert.Equal(1, step.Endpoint!.Active);
        AssertWait(_session.Next(0), 100);

        Assert.Same(step.Endpoint, _session.Connected(0, 3));
        Assert.Equal(1, step.Endpoint.Active);
        Assert.Equal(1, step.Endpoint.Connections);
        Assert.Equal(1, _session.Attempts);
    }

    [Fact]
    public void Accepts_EndpointLeftWhileDialledAndIsToBeReset_IsRefusedWithoutBlame()
    {
        ServiceState service = Sample.Service(new ServiceOptions { OnEndpointLeave = EndpointLeaveAction.Reset }, 2);
        EndpointState leaving = Begin(service).Endpoint!;
        Assert.True(_session.Accepts(0));

        service.Rebind(service.Entry with { Endpoints = [.. service.Entry.Endpoints.Where(e => !e.Address.Equals(leaving.Address))] });
        Assert.False(_session.Accepts(0));
        _session.Failed(0, DialError.EndpointLeft, 5);
        DialStep next = _session.Next(5);

        AssertStart(next, 0);
        Assert.NotEqual(leaving.Address, next.Endpoint!.Address);
        Assert.Equal(0, leaving.Active);
        Assert.Equal(0, leaving.DialFailures);
    }

    [Fact]
    public void Failed_Refused_MovesOnAtOnceOverDistinctEndpoints()
    {
        ServiceState service = Sample.Service(5);
        HashSet<EndpointState> tried = [];
        DialStep step = Begin(service);
        for (int i = 0; i < 3; i++)
        {
            AssertStart(step, 0);
            Assert.True(tried.Add(step.Endpoint!));
            _session.Failed(0, DialError.Refused, 1);
            Assert.Equal(1, step.Endpoint!.DialFailures);
            step = _session.Next(1);
        }

        AssertFail(step, CloseReason.ConnectFailed);
        Assert.All(service.Endpoints, e => Assert.Equal(0, e.Active));
    }

    [Fact]
    public void Next_SilentForHedgeDelay_StartsSecondBeside()
    {
        ServiceState service = Sample.Service(2);
        EndpointState first = Begin(service).Endpoint!;
        AssertWait(_session.Next(50), 100);
        DialStep hedge = _session.Next(100);
        AssertStart(hedge, 1);
        Assert.NotSame(first, hedge.Endpoint);
        AssertWait(_session.Next(100), 1000);

        Assert.Same(hedge.Endpoint, _session.Connected(1, 101));
        Assert.Equal(0, first.Active);
        Assert.Equal(1, first.DialTimeouts);
        Assert.Equal(1, hedge.Endpoint!.Active);
    }

    [Fact]
    public void Connected_EarlierAttemptWins_HedgeIsNotBlamed()
    {
        ServiceState service = Sample.Service(2);
        EndpointState first = Begin(service).Endpoint!;
        EndpointState hedge = _session.Next(100).Endpoint!;
        Assert.Same(first, _session.Connected(0, 101));
        Assert.Equal(0, hedge.DialTimeouts);
        Assert.Equal(0, hedge.Active);
        Assert.True(hedge.Marks.IsClean);
    }

    [Fact]
    public void Connected_OtherWasDialledJustBefore_IsNotBlamed()
    {
        ServiceState service = Sample.Service(3);
        _ = Begin(service);
        EndpointState hedge = _session.Next(100).Endpoint!;
        _session.Failed(0, DialError.Refused, 101);
        AssertStart(_session.Next(101), 0);
        _ = _session.Connected(0, 102);
        Assert.Equal(0, hedge.DialTimeouts);
        Assert.True(hedge.Marks.IsClean);
        Assert.Equal(0, hedge.Active);
    }

    [Fact]
    public void Next_HedgeOff_MovesOnAfterAttemptTimeoutOnly()
    {
        ServiceState service = Sample.Service(With(new DialOptions { HedgeDelay = TimeSpan.Zero }), 4);
        AssertStart(Begin(service), 0);
        for (int attempt = 1; attempt < 3; attempt++)
        {
            AssertWait(_session.Next(attempt * 1000 - 1), attempt * 1000);
            AssertAbandon(_session.Next(attempt * 1000), 0);
            AssertStart(_session.Next(attempt * 1000), 0);
        }

        AssertAbandon(_session.Next(3000), 0);
        AssertFail(_session.Next(3000), CloseReason.ConnectTimeout);
        Assert.Equal(3, service.Endpoints.Sum(e => e.DialTimeouts));
    }

    [Fact]
    public void Next_OneEndpoint_IsBoundedByAttemptTimeoutAndNotHedged()
    {
        ServiceState service = Sample.Service(1);
        AssertStart(Begin(service), 0);
        AssertWait(_session.Next(100), 1000);
        AssertAbandon(_session.Next(1000), 0);
        AssertFail(_session.Next(1000), CloseReason.ConnectTimeout);
    }

    [Fact]
    public void Next_AllSilent_TriesMaxEndpointsThenFails()
    {
        ServiceState service = Sample.Service(10);
        AssertStart(Begin(service), 0);
        AssertStart(_session.Next(100), 1);
        AssertAbandon(_session.Next(1000), 0);
        AssertStart(_session.Next(1000), 0);
        AssertAbandon(_session.Next(1100), 1);
        AssertWait(_session.Next(1100), 2000);
        AssertAbandon(_session.Next(2000), 0);
        AssertFail(_session.Next(2000), CloseReason.ConnectTimeout);
        Assert.All(service.Endpoints, e => Assert.Equal(0, e.Active));
    }

    [Fact]
    public void Next_TotalTimeout_AbandonsBothAndBlamesOnlyThePatientlyAwaited()
    {
        ServiceState service = Sample.Service(With(new DialOptions { TotalTimeout = TimeSpan.FromMilliseconds(150) }), 3);
        EndpointState first = Begin(service).Endpoint!;
        EndpointState second = _session.Next(100).Endpoint!;
        AssertWait(_session.Next(100), 150);
        AssertAbandon(_session.Next(150), 0);
        AssertAbandon(_session.Next(150), 1);
        AssertFail(_session.Next(150), CloseReason.ConnectTimeout);
        Assert.Equal(1, first.DialTimeouts);
        Assert.Equal(0, second.DialTimeouts);
    }

    [Fact]
    public void Failed_HedgeRefused_NextStartsAtOnceInItsSlot()
    {
        ServiceState service = Sample.Service(3);
        AssertStart(Begin(service), 0);
        AssertStart(_session.Next(100), 1);
        _session.Failed(1, DialError.Refused, 101);
        AssertStart(_session.Next(101), 1);
        Assert.Equal(3, _session.Attempts);
    }

    [Fact]
    public void Failed_NoLocalPortEverywhere_IsResourceExhaustedWithoutBlame()
    {
        ServiceState service = Sample.Service(2);
        for (DialStep step = Begin(service); step.Kind == DialStepKind.Start; step = _session.Next(0))
        {
            _session.Failed(step.Slot, DialError.NoLocalPort, 0);
        }

        AssertFail(_session.Next(0), CloseReason.ResourceExhausted);
        Assert.Equal(2, _session.Attempts);
        Assert.All(service.Endpoints, e => Assert.True(e.Marks.IsClean && e is { DialFailures: 0, DialTimeouts: 0, Active: 0 }));
    }

    [Fact]
    public void Failed_NoLocalPortThenRefused_IsConnectFailed()
    {
        ServiceState service = Sample.Service(2);
        _ = Begin(service);
        _session.Failed(0, DialError.NoLocalPort, 0);
        _ = _session.Next(0);
        _session.Failed(0, DialError.Refused, 0);
        AssertFail(_session.Next(0), CloseReason.ConnectFailed);
    }

    [Fact]
    public void Failed_NoResources_EndsTheSearch()
    {
        ServiceState service = Sample.Service(3);
        _ = Begin(service);
        _session.Failed(0, DialError.NoResources, 0);
        AssertFail(_session.Next(0), CloseReason.ResourceExhausted);
    }

    [Fact]
    public void Failed_NoResourcesForHedge_FirstAttemptMayStillWin()
    {
        ServiceState service = Sample.Service(3);
        EndpointState first = Begin(service).Endpoint!;
        _ = _session.Next(100);
        _session.Failed(1, DialError.NoResources, 100);
        AssertWait(_session.Next(100), 1000);
        Assert.Same(first, _session.Connected(0, 200));
    }

    [Fact]
    public void Abort_BothUnderWay_ReleasesWithoutBlame()
    {
        ServiceState service = Sample.Service(2);
        _ = Begin(service);
        _ = _session.Next(100);
        _session.Abort();
        Assert.All(service.Endpoints, e => Assert.True(e.Marks.IsClean && e is { DialFailures: 0, DialTimeouts: 0, Active: 0 }));
    }

    [Fact]
    public void Begin_AfterEnd_IsAFreshSearch()
    {
        ServiceState service = Sample.Service(2);
        _ = Begin(service);
        _session.Failed(0, DialError.Refused, 0);
        _ = _session.Connected(_session.Next(0).Slot, 0);
        Assert.Equal(2, _session.Attempts);

        AssertStart(Begin(service, nowMs: 1000), 0);
        Assert.Equal(1, _session.Attempts);
        AssertWait(_session.Next(1000), 1100);
    }

    [Fact]
    public void Next_EndpointLeftMeanwhile_IsNotTried()
    {
        ServiceState service = Sample.Service(3);
        EndpointState first = Begin(service).Endpoint!;
        int next = (first.Index() + 1) % 3;
        service.Rebind(Sample.Entry(ServiceOptions.Default, Sample.Endpoint(next)));
        _session.Failed(0, DialError.Refused, 0);
        Assert.Equal(next, _session.Next(0).Endpoint!.Index());
    }

    [Fact]
    public void Next_LateByMuch_AbandonsAndGoesOn()
    {
        ServiceState service = Sample.Service(3);
        AssertStart(Begin(service), 0);
        AssertAbandon(_session.Next(4000), 0);
        AssertStart(_session.Next(4000), 0);
        AssertWait(_session.Next(4000), 4100);
    }
}
