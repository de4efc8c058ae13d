using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Commands;

/// <summary>Who comes when: what happens to the machine during a run is to hit all alike, and nobody is always behind the same other.</summary>
internal static class RoundOrder
{
    /// <summary>Each round begins one further on; every other time around, it goes backwards.</summary>
    /// <param name="all">In any order.</param>
    /// <param name="round">From 1 on.</param>
    public static ImmutableArray<T> For<T>(ImmutableArray<T> all, int round)
    {
        int turn = (round - 1) % all.Length;
        bool backwards = (round - 1) / all.Length % 2 == 1;
        IEnumerable<T> ordered = all.Skip(turn).Concat(all.Take(turn));
        return [.. backwards ? ordered.Reverse() : ordered];
    }
}
