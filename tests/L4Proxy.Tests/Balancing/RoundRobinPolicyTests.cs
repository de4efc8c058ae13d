using L4Proxy.DataPlane.Balancing;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Balancing;

public sealed class RoundRobinPolicyTests
{
    private static int[] Picks(ServiceState service, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => service.PickEndpoint().Index())];

    [Fact]
    public void Pick_FifteenOverThree_IsFiveEach()
    {
        int[] picks = Picks(Sample.Service(3), 15);
        Assert.All(picks.CountBy(i => i), c => Assert.Equal(5, c.Value));
    }

    [Fact]
    public void Pick_InTurn_FollowsTheEntrysOrder()
    {
        int[] picks = Picks(Sample.Service(4), 12);
        Assert.All(picks.Zip(picks.Skip(1)), pair => Assert.Equal((pair.First + 1) % 4, pair.Second));
    }

    [Fact]
    public void Pick_ManyServices_DoNotAllStartWithTheFirstEndpoint()
    {
        int[] counts = new int[3];
        for (int i = 0; i < 9000; i++)
        {
            counts[Sample.Service(3).PickIndex()]++;
        }

        ChiSquare.AssertUniform(counts);
    }

    [Fact]
    public async Task Pick_ManyThreads_IsExact()
    {
        ServiceState service = Sample.Service(7);
        int[] counts = new int[7];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 7000; i++)
            {
                Interlocked.Increment(ref counts[service.PickIndex()]);
            }
        })));

        Assert.All(counts, c => Assert.Equal(8000, c));
    }

    [Fact]
    public void Pick_AfterNoOpUpdate_GoesOnWhereItWas()
    {
        ServiceState service = Sample.Service(3);
        int last = service.PickIndex();
        service.Rebind(Sample.Entry(ServiceOptions.Default with { MaxConnections = 7 }, 3));
        Assert.Equal((last + 1) % 3, service.PickIndex());
    }

    [Theory]
    [InlineData(new[] { 5, 1, 1 })]
    [InlineData(new[] { 1, 2, 3, 4 })]
    [InlineData(new[] { 1000, 1 })]
    [InlineData(new[] { 10, 20, 30 })]
    public void Pick_Weighted_IsExactInEveryRound(int[] weights)
    {
        int round = weights.Sum();
        int[] picks = Picks(Sample.Weighted(BalanceMethod.RoundRobin, weights), round * 2);
        for (int start = 0; start <= round; start += Math.Max(1, round / 5))
        {
            int[] window = picks[start..(start + round)];
            Assert.Equal(weights, weights.Select((_, i) => window.Count(p => p == i)));
        }
    }

    [Fact]
    public void Pick_Weighted_IsSpreadEvenly()
    {
        // An endpoint with a fifth of the weight never waits for more than two fair gaps.
        int[] picks = Picks(Sample.Weighted(BalanceMethod.RoundRobin, 30, 10, 10), 500);
        for (int endpoint = 0; endpoint < 3; endpoint++)
        {
            int[] turns = [.. Enumerable.Range(0, picks.Length).Where(i => picks[i] == endpoint)];
            int fair = endpoint == 0 ? 2 : 5;
            Assert.All(turns.Zip(turns.Skip(1)), gap => Assert.InRange(gap.Second - gap.First, 1, 2 * fair));
        }
    }

    [Fact]
    public void Pick_WeightZero_GetsNothingUnlessAllAreZero()
    {
        Assert.DoesNotContain(1, Picks(Sample.Weighted(BalanceMethod.RoundRobin, 1, 0, 2), 300));
        Assert.All(Picks(Sample.Weighted(BalanceMethod.RoundRobin, 0, 0, 0), 30).CountBy(i => i), c => Assert.Equal(10, c.Value));
    }

    [Fact]
    public void Schedule_WeightsTooManyForOneRound_KeepsTheirRatio()
    {
        int[] weights = [.. Enumerable.Range(0, 5000).Select(i => i % 2 == 0 ? 1000 : 1)];
        int[] schedule = WeightedSchedule.Build(weights);
        Assert.InRange(schedule.Length, 5000, 17 * 5000);
        Dictionary<int, int> turns = schedule.CountBy(i => i).ToDictionary();
        Assert.Equal(5000, turns.Count);
        Assert.All(turns, t => Assert.Equal(t.Key % 2 == 0 ? 32 : 1, t.Value));
    }
}
