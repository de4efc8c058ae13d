using System.Globalization;
using System.Numerics;

namespace L4Proxy.Loadbench.Results;

/// <summary>
/// How often there were which latencies, in buckets 1.6 % wide: as text <c>microseconds:count</c> for each that is not empty, with the longest latency
/// of the bucket. Unlike quantiles, those of several rounds can be added.
/// </summary>
internal sealed class LatencyCounts
{
    /// <summary>A bucket is 2^-6 of its values wide: a tenth of the buckets that the generator itself has, and of the bytes in a file.</summary>
    private const int SubBits = 7;
    private const double NanosecondsPerMicrosecond = 1000;

    private readonly SortedDictionary<long, long> _counts = [];

    public long Total { get; private set; }

    public static LatencyCounts Of(Load.LatencyHistogram histogram)
    {
        LatencyCounts counts = new();
        foreach ((long upper, long count) in histogram.Filled())
        {
            counts.Add(Coarse(upper), count);
        }

        return counts;
    }

    /// <summary>The sum of texts; null when there is none, or one of them is no such text.</summary>
    public static LatencyCounts? Sum(IEnumerable<string?> texts)
    {
        LatencyCounts sum = new();
        foreach (string? text in texts)
        {
            if (text is null || !sum.TryAdd(text))
            {
                return null;
            }
        }

        return sum.Total == 0 ? null : sum;
    }

    /// <summary>The latency that a share of all do not exceed, in microseconds.</summary>
    /// <param name="share">More than 0, 1 at most.</param>
    public double Quantile(double share)
    {
        // Without the factor, rounding would turn 0.07 of 100 into the eighth.
        double rank = Math.Max(1, Math.Ceiling(share * Total * (1 - 1e-12)));
        long seen = 0;
        foreach ((long upper, long count) in _counts)
        {
            seen += count;
            if (seen >= rank)
            {
                return upper / NanosecondsPerMicrosecond;
            }
        }

        return 0;
    }

    public override string ToString() =>
        string.Join(' ', _counts.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Key / NanosecondsPerMicrosecond}:{c.Value}")));

    /// <summary>The longest of the bucket that a number of nanoseconds is in.</summary>
    private static long Coarse(long nanoseconds)
    {
        int exponent = Math.Max(0, 64 - BitOperations.LeadingZeroCount((ulong)nanoseconds) - SubBits);
        return (((nanoseconds >> exponent) + 1) << exponent) - 1;
    }

    private bool TryAdd(string text)
    {
        foreach (string part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Split(':') is not [string latency, string number]
                || !double.TryParse(latency, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double microseconds)
                || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long count))
            {
                return false;
            }

            Add((long)Math.Round(microseconds * NanosecondsPerMicrosecond), count);
        }

        return true;
    }

    private void Add(long upper, long count)
    {
        _counts[upper] = _counts.GetValueOrDefault(upper) + count;
        Total += count;
    }
}
