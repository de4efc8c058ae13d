using System.Net;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.Loadbench.Load;
using Xunit;

namespace L4Proxy.Tests.Loadbench;

public sealed class LoadScheduleTests
{
    private static readonly LoadPlan s_plan = Plans.Closed(LoadKind.Exchange, new IPEndPoint(IPAddress.Loopback, 1)) with
    {
        WarmUp = TimeSpan.FromSeconds(1),
        Duration = TimeSpan.FromSeconds(10),
    };

    [Fact]
    public void Next_SteadyRate_IsEvenlySpaced()
    {
        double[] starts = StartsOf(s_plan with { Rate = 8 }, parts: 1, until: 2);

        Assert.Equal(Enumerable.Range(0, 16).Select(i => i / 8.0), starts);
    }

    [Fact]
    public void Next_AnyRampAndThreads_HasAsManyStartsAsTheAreaUnderTheRate() =>
        Prop.ForAll(
            Gen.Choose(1, 500).ToArbitrary(),
            Gen.Choose(1, 500).ToArbitrary(),
            Gen.Choose(1, 5).ToArbitrary(),
            (from, to, parts) =>
            {
                double[] starts = StartsOf(s_plan with { Rate = from, RampTo = to }, parts, until: 11);

                double expected = from + (10 * (from + to) / 2.0);
                Assert.InRange(starts.Length, expected - 2, expected + 2);
                double half = from + (5 * (from + ((from + to) / 2.0)) / 2.0);
                Assert.InRange(starts.Count(s => s < 6), half - 2, half + 2);
                Assert.Equal(starts.Distinct().Order(), starts.Order());
            }).QuickCheckThrowOnFailure();

    private static double[] StartsOf(LoadPlan plan, int parts, double until) =>
    [
        .. Enumerable.Range(0, parts).SelectMany(part =>
        {
            List<double> starts = [];
            for (LoadSchedule schedule = new(plan, part, parts); schedule.Next < until; schedule.Advance())
            {
                starts.Add(schedule.Next);
            }

            return starts;
        }),
    ];
}
