using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Balancing;

/// <summary>
/// The lookup table of Maglev hashing (Eisenbud et al., NSDI 2016, section 3.4): each endpoint fills slots in the
/// order of its own permutation, turn by turn. Nearly even, and when an endpoint comes or goes few keys move that
/// need not. Depends on the endpoints' addresses and weights alone, not on their order.
/// </summary>
internal sealed class MaglevTable
{
    /// <summary>Slots for the endpoint with the least weight: the paper's rule (M > 100 N) for a spread within 1 %.</summary>
    private const int MinSlots = 100;

    /// <summary>
    /// Sizes, all prime so that every skip visits every slot. The smallest keeps ten thousand Services of a few
    /// endpoints at 4 KiB each; the largest is the last prime whose slots number the endpoints in 16 bits (the
    /// paper's 65537 is just above). Endpoints beyond the largest get no slot.
    /// </summary>
    private static readonly int[] s_sizes = [2039, 4093, 8191, 16381, 32749, 65521];

    private readonly ushort[] _slots;

    private MaglevTable(ushort[] slots) => _slots = slots;

    /// <summary>How many slots there are.</summary>
    public int Size => _slots.Length;

    /// <summary>The endpoint that a hash belongs to.</summary>
    public int Find(ulong hash) => _slots[(int)(hash % (uint)_slots.Length)];

    /// <summary>Fills a table.</summary>
    /// <param name="members">The endpoints, at least one.</param>
    /// <param name="weights">Their weights, all positive; null when all are equal.</param>
    public static MaglevTable Build(ReadOnlySpan<EndpointState> members, int[]? weights)
    {
        string[] names = new string[members.Length];
        int[] order = new int[members.Length];
        for (int i = 0; i < members.Length; i++)
        {
            names[i] = members[i].Address.ToString();
            order[i] = i;
        }

        Array.Sort(names, order, StringComparer.Ordinal);
        int[] turns = Turns(order, weights);
        int size = SizeFor(turns);
        return new MaglevTable(Fill(size, names, order, turns));
    }

    private static ushort[] Fill(int size, string[] names, int[] order, int[] turns)
    {
        uint[] positions = new uint[names.Length];
        uint[] skips = new uint[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            positions[i] = (uint)(StableHash.Of(names[i], seed: 1) % (uint)size);
            skips[i] = (uint)(StableHash.Of(names[i], seed: 2) % ((uint)size - 1)) + 1;
        }

        ushort[] slots = new ushort[size];
        bool[] taken = new bool[size];
        for (int filled = 0, turn = 0; filled < size; filled++, turn = turn + 1 == turns.Length ? 0 : turn + 1)
        {
            int who = turns[turn];
            uint slot = positions[who];
            while (taken[slot])
            {
                slot = (slot + skips[who]) % (uint)size;
            }

            taken[slot] = true;
            slots[slot] = (ushort)order[who];
            positions[who] = slot;
        }

        return slots;
    }

    private static int[] Turns(int[] order, int[]? weights)
    {
        if (weights is null)
        {
            return [.. Enumerable.Range(0, order.Length)];
        }

        int[] ordered = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            ordered[i] = weights[order[i]];
        }

        return WeightedSchedule.Build(ordered);
    }

    private static int SizeFor(int[] turns)
    {
        int least = turns.CountBy(who => who).Min(turnsOf => turnsOf.Value);
        foreach (int size in s_sizes)
        {
            if (size >= (long)turns.Length * MinSlots / least)
            {
                return size;
            }
        }

        return s_sizes[^1];
    }
}
