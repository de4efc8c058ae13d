using System.Numerics;

namespace L4Proxy.Loadbench.Load;

/// <summary>
/// Counts of durations in buckets of equal relative width, as HdrHistogram keeps them: three significant digits from the
/// 100 ns of a tick to over an hour, in fixed memory, without allocation. Not for several threads at a time.
/// </summary>
internal sealed class LatencyHistogram
{
    /// <summary>Half as many buckets in each power of two, from the second on: a bucket is 2^-10 of its values wide, below 0.1 %.</summary>
    private const int SubBits = 11;
    private const int SubBuckets = 1 << SubBits;

    /// <summary>The longest duration that is told apart: 2^42 ns, 73 minutes.</summary>
    private const int MostBits = 42;

    private readonly long[] _counts = new long[(MostBits - SubBits + 1) * SubBuckets];
    private double _sum;

    public long Count { get; private set; }

    public TimeSpan Longest { get; private set; }

    public TimeSpan Mean => Count == 0 ? TimeSpan.Zero : TimeSpan.FromMicroseconds(_sum / Count / 1000);

    /// <summary>Adds a duration; negative ones count as 0.</summary>
    public void Record(TimeSpan duration)
    {
        long nanoseconds = Math.Max(0, duration.Ticks * TimeSpan.NanosecondsPerTick);
        _counts[IndexOf(nanoseconds)]++;
        _sum += nanoseconds;
        Count++;
        if (duration > Longest)
        {
            Longest = duration;
        }
    }

    /// <summary>The duration that a share of all do not exceed; zero when there are none.</summary>
    /// <param name="share">More than 0, 1 at most.</param>
    public TimeSpan Quantile(double share)
    {
        // Without the factor, rounding would turn 0.07 of 100 into the eighth.
        long rank = Math.Max(1, (long)Math.Ceiling(share * Count * (1 - 1e-12)));
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank)
            {
                TimeSpan upper = TimeSpan.FromTicks(UpperOf(i) / TimeSpan.NanosecondsPerTick);
                return upper < Longest ? upper : Longest;
            }
        }

        return TimeSpan.Zero;
    }

    /// <summary>The buckets that have counts, from the shortest on: the longest duration of each, in nanoseconds, and its count.</summary>
    public IEnumerable<(long UpperNanoseconds, long Count)> Filled()
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] > 0)
            {
                yield return (UpperOf(i), _counts[i]);
            }
        }
    }

    /// <summary>Adds all that another one counted.</summary>
    public void Add(LatencyHistogram other)
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        _sum += other._sum;
        Count += other.Count;
        Longest = other.Longest > Longest ? other.Longest : Longest;
    }

    private static int IndexOf(long nanoseconds)
    {
        int bits = 64 - BitOperations.LeadingZeroCount((ulong)nanoseconds);
        int exponent = Math.Clamp(bits - SubBits, 0, MostBits - SubBits);
        long sub = Math.Min(nanoseconds >> exponent, SubBuckets - 1);
        return (exponent * SubBuckets) + (int)sub;
    }

    private static long UpperOf(int index)
    {
        int exponent = index / SubBuckets;
        return ((index % SubBuckets) + 1L << exponent) - 1;
    }
}
