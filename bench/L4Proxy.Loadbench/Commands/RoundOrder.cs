using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Commands;

/// <summary>
/// Who comes when, by the design of E. J. Williams (1949): what happens to the machine during a run is to hit all alike, and nobody is to come
/// after the same other more often than after anybody else, as a proxy finds the machine as the one before left it.
/// </summary>
/// <remarks>
/// Of an even number, as many rounds as there are have each in each place once and each pair of neighbours, in each order, once. Of an odd number
/// it takes twice as many, every other one of them backwards, for twice; there are no fewer that do.
/// </remarks>
internal static class RoundOrder
{
    /// <param name="all">In any order.</param>
    /// <param name="round">From 1 on.</param>
    public static ImmutableArray<T> For<T>(ImmutableArray<T> all, int round)
    {
        int count = all.Length;
        int turn = round - 1;
        IEnumerable<T> ordered = Enumerable.Range(0, count).Select(place => all[(First(place, count) + turn) % count]);
        return [.. count % 2 == 1 && turn % 2 == 1 ? ordered.Reverse() : ordered];
    }

    /// <summary>0, 1, the last, 2, the last but one and so on: each step from one to the next is of another length.</summary>
    private static int First(int place, int count) => place % 2 == 1 ? (place + 1) / 2 : (count - (place / 2)) % count;
}
