using FsCheck;
using FsCheck.Fluent;
using L4Proxy.DataPlane.Health;
using Xunit;

namespace L4Proxy.Tests.Health;

public sealed class HealthVerdictTests
{
    [Fact]
    public void Count_FailuresWithASuccessBetween_DoNotAddUp()
    {
        HealthVerdict verdict = new();
        Assert.False(verdict.Count(passed: false, rise: 2, fall: 3));
        Assert.False(verdict.Count(passed: false, rise: 2, fall: 3));
        Assert.False(verdict.Count(passed: true, rise: 2, fall: 3));
        Assert.False(verdict.Count(passed: false, rise: 2, fall: 3));
        Assert.True(verdict.Healthy);
    }

    [Fact]
    public void Count_AnyResults_FollowsTheLastOnesInARow() =>
        Prop.ForAll(
            ArbMap.Default.GeneratorFor<bool>().ListOf().ToArbitrary(),
            Gen.Choose(1, 4).Two().ToArbitrary(),
            (results, limits) =>
            {
                (int rise, int fall) = limits;
                HealthVerdict verdict = new();
                bool healthy = true;
                for (int i = 1; i <= results.Count; i++)
                {
                    int needed = healthy ? fall : rise;
                    bool before = healthy;
                    int since = i - needed;
                    healthy = since >= 0 && results.Skip(since).Take(needed).All(r => r != before) ? !before : before;
                    if (verdict.Count(results[i - 1], rise, fall) != (healthy != before) || verdict.Healthy != healthy)
                    {
                        return false;
                    }
                }

                return true;
            }).QuickCheckThrowOnFailure();
}
