using L4Proxy.DataPlane.Balancing;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Balancing;

public sealed class PassiveEjectionTests
{
    private const long Base = 10_000;

    private static readonly ServiceOptions s_checked = new() { HealthCheck = new HealthCheckOptions { Enabled = true } };

    private static ServiceOptions With(EjectionOptions ejection) => new() { Ejection = ejection };

    private static void Fail(ServiceState service, int endpoint, int times = 5, bool timeout = false, bool trial = false, long nowMs = 0)
    {
        for (int i = 0; i < times; i++)
        {
            PassiveEjection.Failed(service, service.At(endpoint), timeout, trial, nowMs);
        }
    }

    private static void Succeed(ServiceState service, int endpoint) => PassiveEjection.Succeeded(service, service.At(endpoint));

    private static IEnumerable<int> Members(ServiceState service) => service.Current.Cluster.Pool.Members.Select(e => e.Index());

    private static int? Trial(ServiceState service, long nowMs) => PassiveEjection.ClaimTrial(service, EndpointScope.Cluster, isIPv4: true, nowMs, holdMs: 1000)?.Index();

    [Fact]
    public void Failed_FiveInARow_Ejects()
    {
        ServiceState service = Sample.Service(4);
        Fail(service, 1, times: 4);
        Assert.False(service.At(1).Ejected);
        Fail(service, 1, times: 1);
        Assert.True(service.At(1).Ejected);
        Assert.Equal(1, service.At(1).Ejections);
        Assert.Equal([0, 2, 3], Members(service));
    }

    [Fact]
    public void Failed_ThreeTimeoutsInARow_Ejects()
    {
        ServiceState service = Sample.Service(4);
        Fail(service, 1, times: 2, timeout: true);
        Assert.False(service.At(1).Ejected);
        Fail(service, 1, times: 1, timeout: true);
        Assert.True(service.At(1).Ejected);
    }

    [Fact]
    public void Failed_RefusalBetweenTimeouts_IsAnAnswer()
    {
        ServiceState service = Sample.Service(4);
        Fail(service, 1, times: 2, timeout: true);
        Fail(service, 1, times: 1);
        Fail(service, 1, times: 1, timeout: true);
        Assert.False(service.At(1).Ejected);
        Fail(service, 1, times: 1, timeout: true);
        Assert.True(service.At(1).Ejected, "five failures of any kind");
    }

    [Fact]
    public void Succeeded_OnceBetween_StartsTheCountAnew()
    {
        ServiceState service = Sample.Service(4);
        Fail(service, 1, times: 4);
        Succeed(service, 1);
        Assert.True(service.At(1).Marks.IsClean);
        Fail(service, 1, times: 4);
        Assert.False(service.At(1).Ejected);
    }

    [Fact]
    public async Task Succeeded_Clean_TakesNoLock()
    {
        ServiceState service = Sample.Service(2);
        using ManualResetEventSlim held = new();
        using ManualResetEventSlim done = new();
        Task holder = Task.Run(() =>
        {
            lock (service.Gate)
            {
                held.Set();
                done.Wait();
            }
        });
        held.Wait(TestContext.Current.CancellationToken);
        Task success = Task.Run(() => Succeed(service, 0));
        Task first = await Task.WhenAny(success, Task.Delay(TimeSpan.FromSeconds(30)));
        done.Set();
        await holder;
        Assert.Same(success, first);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(5, 0)]
    public void Failed_ThresholdZero_OnlyTheOtherEjects(int failures, int timeouts)
    {
        ServiceState service = Sample.Service(With(new EjectionOptions { ConsecutiveFailures = failures, ConsecutiveTimeouts = timeouts }), 4);
        Fail(service, 0, times: 50);
        Fail(service, 1, times: 4, timeout: true);
        Assert.Equal(failures > 0, service.At(0).Ejected);
        Assert.Equal(timeouts > 0, service.At(1).Ejected);
    }

    [Fact]
    public void Failed_BothThresholdsZero_NothingIsHeldAgainstIt()
    {
        ServiceState service = Sample.Service(With(new EjectionOptions { ConsecutiveFailures = 0, ConsecutiveTimeouts = 0 }), 4);
        Fail(service, 0, times: 50, timeout: true);
        Assert.True(service.At(0).Marks.IsClean);
    }

    [Theory]
    [InlineData(1, 50, 0)]
    [InlineData(2, 50, 1)]
    [InlineData(3, 50, 1)]
    [InlineData(5, 50, 2)]
    [InlineData(10, 50, 5)]
    [InlineData(10, 25, 2)]
    [InlineData(4, 0, 0)]
    [InlineData(4, 100, 3)]
    public void Failed_AllEndpoints_AtMostMaxPercentAreOutAndNeverTheLast(int endpoints, int maxPercent, int expected)
    {
        ServiceState service = Sample.Service(With(new EjectionOptions { MaxPercent = maxPercent }), endpoints);
        for (int i = 0; i < endpoints; i++)
        {
            Fail(service, i, times: 20);
        }

        Assert.Equal(expected, service.Endpoints.Count(e => e.Ejected));
        Assert.Equal(endpoints - expected, service.Current.Cluster.Pool.Members.Length);
    }

    [Fact]
    public void Failed_OthersUnhealthy_LastAvailableStays()
    {
        ServiceState service = Sample.Service(s_checked, 4);
        service.SetHealthy(service.At(0), healthy: false);
        service.SetHealthy(service.At(1), healthy: false);
        Fail(service, 2, times: 20);
        Fail(service, 3, times: 20);
        Assert.True(service.At(2).Ejected);
        Assert.False(service.At(3).Ejected);
        Assert.Equal([3], Members(service));
    }

    [Fact]
    public void Failed_EjectedLeavesNobodyHealthy_AllReadyAreUsed()
    {
        ServiceState service = Sample.Service(s_checked, 2);
        Fail(service, 0);
        service.SetHealthy(service.At(1), healthy: false);
        Assert.Equal([0, 1], Members(service));
    }

    [Fact]
    public void Failed_RoomAgain_EjectsAtTheNextFailure()
    {
        ServiceState service = Sample.Service(2);
        Fail(service, 0);
        Fail(service, 1, times: 20);
        Assert.False(service.At(1).Ejected);
        Succeed(service, 0);
        Fail(service, 1, times: 1);
        Assert.True(service.At(1).Ejected);
        Assert.Equal([0], Members(service));
    }

    [Fact]
    public void ClaimTrial_TimeOver_OneClientAtATime()
    {
        ServiceState service = Sample.Service(4);
        Assert.Null(Trial(service, 0));
        Fail(service, 1, nowMs: 500);
        Assert.Null(Trial(service, 500 + Base - 1));
        Assert.Equal(1, Trial(service, 500 + Base));
        Assert.Null(Trial(service, 500 + Base));
        Assert.Null(Trial(service, 500 + Base + 999));
        Assert.True(service.At(1).Ejected, "it is not back before the trial succeeded");

        // The client of the first trial went away without a verdict.
        Assert.Equal(1, Trial(service, 500 + Base + 1000));
    }

    [Fact]
    public void Succeeded_Trial_IsBackAtOnceAndAllIsForgotten()
    {
        ServiceState service = Sample.Service(4);
        Fail(service, 1);
        Assert.Equal(1, Trial(service, Base));
        Succeed(service, 1);
        Assert.Equal([0, 1, 2, 3], Members(service));
        Assert.Null(Trial(service, 100 * Base));

        Fail(service, 1, nowMs: 100 * Base);
        Assert.Equal(1, Trial(service, 101 * Base));
    }

    [Fact]
    public void Failed_Trials_DoubleTheTimeUpToTheMaximum()
    {
        ServiceState service = Sample.Service(4);
        Fail(service, 1);
        long now = 0;
        foreach (long seconds in new[] { 10, 20, 40, 80, 160, 300, 300 })
        {
            Assert.Null(Trial(service, now + (seconds * 1000) - 1));
            now += seconds * 1000;
            Assert.Equal(1, Trial(service, now));
            Fail(service, 1, times: 1, trial: true, nowMs: now);
        }

        Assert.Equal(8, service.At(1).Ejections);
    }

    [Fact]
    public void Failed_WasUnderWayWhenEjected_DoesNotProlong()
    {
        ServiceState service = Sample.Service(4);
        Fail(service, 1, times: 40);
        Assert.Equal(1, service.At(1).Ejections);
        Assert.Equal(1, Trial(service, Base));
    }

    [Fact]
    public void ClaimTrial_SeveralDue_EachGetsItsOwn()
    {
        ServiceState service = Sample.Service(6);
        Fail(service, 1, nowMs: 2);
        Fail(service, 3, nowMs: 1);
        Assert.Equal(3, Trial(service, 5 + Base));
        Assert.Equal(1, Trial(service, 5 + Base));
        Assert.Null(Trial(service, 5 + Base));
    }

    [Fact]
    public void ClaimTrial_Unhealthy_WaitsForTheCheck()
    {
        ServiceState service = Sample.Service(s_checked, 4);
        Fail(service, 1);
        service.SetHealthy(service.At(1), healthy: false);
        Assert.Equal(long.MaxValue, service.NextTrialMs(EndpointScope.Cluster, isIPv4: true));
        Assert.Null(Trial(service, Base));
        service.SetHealthy(service.At(1), healthy: true);
        Assert.Equal([0, 1, 2, 3], Members(service));
    }

    [Fact]
    public void ClaimTrial_UnhealthyIsDueLonger_TheHealthyOneIsTried()
    {
        ServiceState service = Sample.Service(s_checked, 6);
        Fail(service, 1, nowMs: 1);
        Fail(service, 2, nowMs: 2);
        service.SetHealthy(service.At(1), healthy: false);
        Assert.Equal(2, Trial(service, 2 + Base));
        Assert.Null(Trial(service, 2 + Base));
    }

    [Fact]
    public void Rebind_OthersChange_EjectionSurvives()
    {
        ServiceState service = Sample.Service(4);
        Fail(service, 1);
        service.Rebind(Sample.Entry(ServiceOptions.Default, 5));
        Assert.Equal([0, 2, 3, 4], Members(service));
        Assert.Equal(1, Trial(service, Base));
    }

    [Fact]
    public void Rebind_FewerEndpoints_NoMoreOutThanMayBe()
    {
        ServiceState service = Sample.Service(6);
        for (int i = 0; i < 3; i++)
        {
            Fail(service, i, nowMs: i);
        }

        Assert.Equal(3, service.Endpoints.Count(e => e.Ejected));
        service.Rebind(Sample.Entry(ServiceOptions.Default, 4));
        Assert.Equal([0, 3], Members(service));
    }

    [Fact]
    public void Rebind_NotReadyThenReady_StartsClean()
    {
        ServiceState service = Sample.Service(4);
        Fail(service, 1);
        service.Rebind(Sample.Entry(ServiceOptions.Default, Enumerable.Range(0, 4).Select(i => Sample.Endpoint(i, usable: i != 1))));
        Assert.Equal(long.MaxValue, service.NextTrialMs(EndpointScope.Cluster, isIPv4: true));
        Fail(service, 1, times: 20);
        service.Rebind(Sample.Entry(ServiceOptions.Default, 4));
        Assert.Equal([0, 1, 2, 3], Members(service));
    }

    [Fact]
    public void Rebind_EjectionTurnedOff_AllAreBack()
    {
        ServiceState service = Sample.Service(4);
        Fail(service, 1);
        service.Rebind(Sample.Entry(With(new EjectionOptions { ConsecutiveFailures = 0, ConsecutiveTimeouts = 0 }), 4));
        Assert.Equal([0, 1, 2, 3], Members(service));
    }
}
