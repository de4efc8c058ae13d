using FsCheck;
using FsCheck.Fluent;
using L4Proxy.Loadbench.Load;
using Xunit;

namespace L4Proxy.Tests.Loadbench;

public sealed class LatencyHistogramTests
{
    private static readonly double[] s_shares = [0.001, 0.07, 0.5, 0.9, 0.99, 0.999, 1];

    /// <summary>From a tick to an hour, as many of each order of magnitude.</summary>
    private static readonly Arbitrary<long[]> s_ticks = Gen.Choose(0, 35)
        .SelectMany(bits => Gen.Choose(0, int.MaxValue).Select(low => (1L << bits) | (low & ((1L << bits) - 1))))
        .NonEmptyListOf().Select(list => list.ToArray()).ToArbitrary();

    [Fact]
    public void Quantile_AnyDurations_IsThatOfTheSortedListWithinATenthOfAPercent() =>
        Prop.ForAll(s_ticks, ticks =>
        {
            LatencyHistogram histogram = Of(ticks);
            long[] sorted = [.. ticks.Order()];
            foreach (double share in s_shares)
            {
                long exact = sorted[(int)Math.Max(0, Math.Ceiling((decimal)share * ticks.Length) - 1)];
                Assert.InRange(histogram.Quantile(share).Ticks, exact, exact * 1.001);
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Add_AnyDurations_IsAsIfOneHadCountedThemAll() =>
        Prop.ForAll(s_ticks, s_ticks, (first, second) =>
        {
            LatencyHistogram sum = Of(first);
            sum.Add(Of(second));
            LatencyHistogram whole = Of([.. first, .. second]);
            Assert.Equal(whole.Count, sum.Count);
            Assert.Equal(whole.Longest, sum.Longest);
            Assert.Equal(whole.Mean.TotalMicroseconds, sum.Mean.TotalMicroseconds, 1.0);
            Assert.All(s_shares, share => Assert.Equal(whole.Quantile(share), sum.Quantile(share)));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Mean_AnyDurations_IsExact() =>
        Prop.ForAll(s_ticks, ticks => Assert.Equal(
            TimeSpan.FromTicks((long)ticks.Average()).TotalMicroseconds, Of(ticks).Mean.TotalMicroseconds, 1.0)).QuickCheckThrowOnFailure();

    [Fact]
    public void Record_LongerThanCanBeToldApart_CountsAsTheLongest()
    {
        LatencyHistogram histogram = new();
        histogram.Record(TimeSpan.FromDays(30));
        histogram.Record(TimeSpan.FromSeconds(-1));

        Assert.Equal(2, histogram.Count);
        Assert.Equal(TimeSpan.FromDays(30), histogram.Longest);
        Assert.Equal(TimeSpan.Zero, histogram.Quantile(0.5));
        Assert.InRange(histogram.Quantile(1), TimeSpan.FromHours(1), TimeSpan.FromDays(30));
    }

    [Fact]
    public void Quantile_Nothing_IsZero() => Assert.Equal(TimeSpan.Zero, new LatencyHistogram().Quantile(0.99));

    [Fact]
    public void Record_ManyDurations_AllocatesNothing()
    {
        LatencyHistogram histogram = new();
        histogram.Record(TimeSpan.FromMilliseconds(1));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            histogram.Record(TimeSpan.FromTicks(i));
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static LatencyHistogram Of(long[] ticks)
    {
        LatencyHistogram histogram = new();
        foreach (long value in ticks)
        {
            histogram.Record(TimeSpan.FromTicks(value));
        }

        return histogram;
    }
}
