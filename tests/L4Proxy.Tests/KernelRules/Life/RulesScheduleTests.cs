using L4Proxy.ControlPlane.KernelRules.Life;
using L4Proxy.Testing.Time;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Life;

public sealed class RulesScheduleTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    private readonly ManualTimeProvider _time = new();
    private readonly RulesSchedule _schedule;

    public RulesScheduleTests()
    {
        _schedule = new RulesSchedule(_time, s_hour);
        _schedule.Applied(full: true, TimeSpan.FromMilliseconds(30));
        _time.Advance(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Next_ChangeWhileIdle_IsAppliedAtOnce()
    {
        _schedule.Changed();
        Assert.Equal((RulesWork.Apply, TimeSpan.Zero), _schedule.Next());
    }

    [Fact]
    public void Next_StormOfChanges_LeavesHalfOfTheTimeFree()
    {
        _schedule.Applied(full: false, TimeSpan.FromMilliseconds(40));
        _schedule.Changed();
        (RulesWork work, TimeSpan wait) = _schedule.Next();
        Assert.Equal(RulesWork.Apply, work);
        Assert.InRange(wait, TimeSpan.FromMilliseconds(39), TimeSpan.FromMilliseconds(41));
    }

    [Fact]
    public void Next_AfterALongTransaction_WaitsForASecondAtMost()
    {
        _schedule.Applied(full: false, TimeSpan.FromSeconds(24));
        _schedule.Changed();
        Assert.InRange(_schedule.Next().Wait, TimeSpan.FromMilliseconds(999), TimeSpan.FromMilliseconds(1001));
    }

    [Fact]
    public void Next_FailureAfterFailure_TriesAllAgainLaterAndLaterUpToHalfAMinute()
    {
        List<double> waits = [];
        for (int i = 0; i < 8; i++)
        {
            _schedule.Failed();
            (RulesWork work, TimeSpan wait) = _schedule.Next();
            Assert.Equal(RulesWork.ApplyFully, work);
            waits.Add(Math.Round(wait.TotalSeconds, 2));
            _time.Advance(wait);
            Assert.Equal((RulesWork.ApplyFully, TimeSpan.Zero), _schedule.Next());
        }

        Assert.Equal([1, 2, 4, 8, 16, 30, 30, 30], waits);
    }

    [Fact]
    public void Next_ChangeAfterManyFailures_IsTriedWholeWithinASecond()
    {
        for (int i = 0; i < 6; i++)
        {
            _schedule.Failed();
        }

        _schedule.Changed();
        (RulesWork work, TimeSpan wait) = _schedule.Next();
        Assert.Equal(RulesWork.ApplyFully, work);
        Assert.InRange(wait, TimeSpan.Zero, TimeSpan.FromMilliseconds(1001));
    }

    [Fact]
    public void Next_Idle_LooksAtTheRulesAndWritesThemAnewEachPeriod()
    {
        int checks = 0;
        long start = _time.GetTimestamp();
        while (true)
        {
            (RulesWork work, TimeSpan wait) = _schedule.Next();
            _time.Advance(wait);
            if (work == RulesWork.ApplyFully)
            {
                break;
            }

            Assert.Equal(RulesWork.Check, work);
            Assert.InRange(wait, TimeSpan.Zero, TimeSpan.FromSeconds(30));
            _schedule.Checked();
            checks++;
        }

        Assert.InRange(checks, 120, 200);
        Assert.InRange(_time.GetElapsedTime(start), s_hour - TimeSpan.FromSeconds(11), s_hour);
    }

    [Fact]
    public void Next_ChangesWithoutEnd_LooksAtTheRulesNevertheless()
    {
        long start = _time.GetTimestamp();
        RulesWork work;
        do
        {
            _schedule.Changed();
            (work, TimeSpan wait) = _schedule.Next();
            _time.Advance(wait);
            if (work == RulesWork.Apply)
            {
                _time.Advance(TimeSpan.FromMilliseconds(50));
                _schedule.Take();
                _schedule.Applied(full: false, TimeSpan.FromMilliseconds(50));
            }

            Assert.InRange(_time.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(30));
        }
        while (work != RulesWork.Check);
    }

    [Fact]
    public void Next_LossAfterLoss_LeavesTimeBetween()
    {
        _schedule.Applied(full: true, TimeSpan.FromMilliseconds(300));
        _schedule.Lost();
        (RulesWork work, TimeSpan wait) = _schedule.Next();
        Assert.Equal(RulesWork.ApplyFully, work);
        Assert.InRange(wait, TimeSpan.FromMilliseconds(299), TimeSpan.FromMilliseconds(301));
    }

    [Fact]
    public void Next_SuspicionAndLoss_AreChecksAndApplicationsAtOnce()
    {
        _schedule.Suspect();
        Assert.Equal((RulesWork.Check, TimeSpan.Zero), _schedule.Next());
        _schedule.Checked();
        Assert.True(_schedule.Next().Wait > TimeSpan.Zero);
        _schedule.Lost();
        Assert.Equal((RulesWork.ApplyFully, TimeSpan.Zero), _schedule.Next());
    }
}
