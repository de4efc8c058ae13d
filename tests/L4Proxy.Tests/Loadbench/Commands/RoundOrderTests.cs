using System.Collections.Immutable;
using L4Proxy.Loadbench.Commands;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Commands;

public sealed class RoundOrderTests
{
    private static readonly ImmutableArray<string> s_all = ["a", "b", "c"];

    [Fact]
    public void For_Rounds_BeginOneFurtherOnAndThenGoBackwards() =>
        Assert.Equal(
            ["abc", "bca", "cab", "cba", "acb", "bac", "abc"],
            Enumerable.Range(1, 7).Select(round => string.Concat(RoundOrder.For(s_all, round))));

    [Fact]
    public void For_AsManyRoundsAsThereAre_PutsEachInEachPlaceOnce()
    {
        for (int place = 0; place < s_all.Length; place++)
        {
            Assert.Equal(s_all, Enumerable.Range(1, s_all.Length).Select(round => RoundOrder.For(s_all, round)[place]).Order());
        }
    }
}
