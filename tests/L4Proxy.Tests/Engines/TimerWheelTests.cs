using FsCheck;
using FsCheck.Fluent;
using L4Proxy.DataPlane.Engines.Linux;
using Xunit;

namespace L4Proxy.Tests.Engines;

public sealed class TimerWheelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(262_144)]
    [InlineData(3_600_000)]
    [InlineData(1_000_000_000)]
    public void Advance_OneTimer_ExpiresAtItsTickAndNotBefore(long delay)
    {
        const long Start = 12_345_678;
        TimerWheel wheel = new(Start);
        Probe probe = new();
        wheel.Arm(probe, Start + delay);

        wheel.Advance(Start + delay - 1);
        Assert.Equal(0, probe.Count);
        wheel.Advance(Start + delay);
        Assert.Equal(1, probe.Count);
        Assert.Equal(Start + delay, probe.ExpiredAtMs);
        Assert.Equal(0, wheel.Count);
        Assert.Equal(-1, wheel.WaitMs(Start + delay));
    }

    [Fact]
    public void Arm_TimeInThePast_ExpiresAtTheNextTick()
    {
        TimerWheel wheel = new(1000);
        Probe probe = new();
        wheel.Arm(probe, 10);
        Assert.Equal(1, wheel.WaitMs(1000));
        wheel.Advance(1001);
        Assert.Equal(1, probe.Count);
    }

    [Fact]
    public void Arm_BeyondReach_ExpiresEarlyAndMayArmAgain()
    {
        TimerWheel wheel = new(0);
        Probe probe = new();
        long due = 100L * 24 * 3600 * 1000;
        wheel.Arm(probe, due);
        wheel.Advance(due);
        Assert.Equal(1, probe.Count);
        Assert.True(probe.ExpiredAtMs <= due);
    }

    [Fact]
    public void Expire_ArmsItself_RunsAgainWithoutEndlessLoop()
    {
        TimerWheel wheel = new(0);
        Probe probe = new() { WhenExpired = (p, now) => wheel.Arm(p, now) };
        wheel.Arm(probe, 1);
        wheel.Advance(100);
        Assert.Equal(100, probe.Count);
    }

    [Fact]
    public void WaitMs_ManyTimers_NeverLaterThanTheFirst()
    {
        TimerWheel wheel = new(500);
        wheel.Arm(new Probe(), 500 + 3_600_000);
        wheel.Arm(new Probe(), 500 + 70);
        Assert.InRange(wheel.WaitMs(500), 1, 70);
    }

    /// <summary>Any mix of arming, moving, disarming and jumps in time does what a sorted list would do.</summary>
    [Fact]
    public void AnyHistory_BehavesLikeASortedList()
    {
        Gen<(int Timer, int Kind, long Amount)> step =
            from timer in Gen.Choose(0, 19)
            from kind in Gen.Choose(0, 5)
            from magnitude in Gen.Choose(0, 24)
            from low in Gen.Choose(0, 1 << 16)
            select (timer, kind, (1L << magnitude) + (low % (1L << magnitude)));
        Prop.ForAll(step.ListOf(60).ToArbitrary(), RunHistory).QuickCheckThrowOnFailure();
    }

    private static void RunHistory(IList<(int Timer, int Kind, long Amount)> steps)
    {
        long now = 987_654;
        TimerWheel wheel = new(now);
        List<Probe> expired = [];
        Probe[] probes = [.. Enumerable.Range(0, 20).Select(_ => new Probe { WhenExpired = (p, _) => expired.Add(p) })];
        Dictionary<Probe, long> model = [];
        foreach ((int timer, int kind, long amount) in steps)
        {
            switch (kind)
            {
                case 0 or 1 or 2:
                    wheel.Arm(probes[timer], now + amount);
                    model[probes[timer]] = now + amount;
                    break;
                case 3:
                    wheel.Disarm(probes[timer]);
                    model.Remove(probes[timer]);
                    break;
                default:
                    long wait = wheel.WaitMs(now);
                    Assert.Equal(model.Count == 0, wait == -1);
                    Assert.True(model.Count == 0 || now + wait <= model.Values.Min());
                    now += amount;
                    expired.Clear();
                    wheel.Advance(now);
                    Probe[] due = [.. model.Where(e => e.Value <= now).OrderBy(e => e.Value).Select(e => e.Key)];
                    Assert.Equal(due.ToHashSet(), expired.ToHashSet());
                    Assert.Equal(expired.Select(p => model[p]).Order(), expired.Select(p => model[p]));
                    Assert.All(expired, p => Assert.Equal(model[p], p.ExpiredAtMs));
                    foreach (Probe probe in due)
                    {
                        model.Remove(probe);
                    }

                    break;
            }

            Assert.Equal(model.Count, wheel.Count);
        }
    }

    private sealed class Probe : TimerNode
    {
        public int Count { get; private set; }

        public long ExpiredAtMs { get; private set; }

        public Action<Probe, long>? WhenExpired { get; init; }

        internal override void Expire(long nowMs)
        {
            Count++;
            ExpiredAtMs = nowMs;
            WhenExpired?.Invoke(this, nowMs);
        }
    }
}
