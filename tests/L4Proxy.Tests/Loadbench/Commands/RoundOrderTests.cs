using System.Collections.Immutable;
using L4Proxy.Loadbench.Commands;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Commands;

public sealed class RoundOrderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void For_WholeDesign_IsBalanced(int count)
    {
        int times = count % 2 == 0 ? 1 : 2;
        ImmutableArray<int>[] rounds = Rounds(count, count * times);

        Assert.All(rounds, round => Assert.Equal(Enumerable.Range(0, count), round.Order()));
        for (int place = 0; place < count; place++)
        {
            Assert.All(rounds.CountBy(round => round[place]), one => Assert.Equal(times, one.Value));
        }

        Dictionary<(int, int), int> neighbours = Neighbours(rounds);
        Assert.Equal(count * (count - 1), neighbours.Count);
        Assert.All(neighbours.Values, seen => Assert.Equal(times, seen));
    }

    /// <summary>Seven rounds of the usual five, and of the four proxies: nobody follows another in most of them.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void For_SevenRounds_NobodyOftenFollowsTheSameOther(int count) =>
        Assert.All(Neighbours(Rounds(count, 7)).Values, seen => Assert.InRange(seen, 1, 2));

    private static ImmutableArray<int>[] Rounds(int count, int rounds) =>
        [.. Enumerable.Range(1, rounds).Select(round => RoundOrder.For([.. Enumerable.Range(0, count)], round))];

    private static Dictionary<(int, int), int> Neighbours(ImmutableArray<int>[] rounds) =>
        rounds.SelectMany(round => round.Zip(round.Skip(1))).CountBy(pair => pair).ToDictionary();
}
