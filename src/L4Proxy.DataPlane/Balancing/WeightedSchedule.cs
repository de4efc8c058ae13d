namespace L4Proxy.DataPlane.Balancing;

/// <summary>
/// A sequence of endpoint indices in which each occurs as often as its weight says, evenly spread: smooth
/// weighted round robin, computed once so that a pick is one array read.
/// </summary>
internal static class WeightedSchedule
{
    /// <summary>
    /// Longest sequence for up to 256 endpoints: 16 KiB. Weights of which the reduced sum is larger are scaled
    /// down to it, which moves an endpoint's share by less than a part in four thousand of the whole.
    /// </summary>
    private const int MaxLength = 4096;

    /// <summary>Turns for each endpoint where there are more: enough to tell a weight from one a few percent larger.</summary>
    private const int TurnsPerEndpoint = 16;

    /// <summary>Builds the sequence.</summary>
    /// <param name="weights">At least one; all positive.</param>
    public static int[] Build(ReadOnlySpan<int> weights)
    {
        int[] turns = Reduce(weights);
        int length = turns.Sum();
        int[] schedule = new int[length];
        double[] due = new double[length];
        int next = 0;
        for (int i = 0; i < turns.Length; i++)
        {
            for (int k = 0; k < turns[i]; k++, next++)
            {
                // The middle of the k-th of as many equal parts of the round as the endpoint has turns. The tiny
                // last term orders equal moments by index: sorting is not stable.
                due[next] = ((k + 0.5) / turns[i]) + (i * 1e-12);
                schedule[next] = i;
            }
        }

        Array.Sort(due, schedule);
        return schedule;
    }

    private static int[] Reduce(ReadOnlySpan<int> weights)
    {
        long sum = 0;
        int divisor = 0;
        foreach (int weight in weights)
        {
            sum += weight;
            divisor = Gcd(divisor, weight);
        }

        double scale = Math.Min(1.0 / divisor, Math.Max(MaxLength, (double)weights.Length * TurnsPerEndpoint) / sum);
        int[] turns = new int[weights.Length];
        for (int i = 0; i < turns.Length; i++)
        {
            turns[i] = Math.Max(1, (int)Math.Round(weights[i] * scale, MidpointRounding.AwayFromZero));
        }

        return turns;
    }

    private static int Gcd(int a, int b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }
}
