using Xunit;

namespace L4Proxy.Tests.Balancing;

/// <summary>Pearson's test of a distribution.</summary>
internal static class ChiSquare
{
    /// <summary>Six standard deviations: a sound policy fails less than once in 10^8 runs.</summary>
    private const double Z = 6;

    /// <summary>Asserts that counts were drawn in proportion to the weights.</summary>
    public static void AssertProportional(IReadOnlyList<int> counts, params IEnumerable<int> weights)
    {
        double[] shares = [.. weights.Select(w => (double)w)];
        double total = counts.Sum();
        double weight = shares.Sum();
        double statistic = 0;
        for (int i = 0; i < counts.Count; i++)
        {
            double expected = total * shares[i] / weight;
            statistic += Math.Pow(counts[i] - expected, 2) / expected;
        }

        Assert.True(statistic < Critical(counts.Count - 1), $"chi-square {statistic:F1} for {string.Join(' ', counts)}");
    }

    public static void AssertUniform(IReadOnlyList<int> counts) => AssertProportional(counts, counts.Select(_ => 1));

    /// <summary>The Wilson-Hilferty approximation of the quantile.</summary>
    private static double Critical(int degrees)
    {
        double v = 2.0 / (9 * degrees);
        return degrees * Math.Pow(1 - v + (Z * Math.Sqrt(v)), 3);
    }
}
