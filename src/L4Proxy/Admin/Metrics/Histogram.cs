using System.Collections.Immutable;

namespace L4Proxy.Admin.Metrics;

/// <summary>A histogram with fixed bounds; any thread may observe.</summary>
/// <param name="bounds">Upper bounds, rising, inclusive.</param>
internal sealed class Histogram(ImmutableArray<double> bounds)
{
    private readonly Lock _gate = new();
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    public void Observe(double value)
    {
        int found = bounds.BinarySearch(value);
        lock (_gate)
        {
            _counts[found < 0 ? ~found : found]++;
            _sum += value;
        }
    }

    public void Write(PrometheusWriter writer, string name, string help)
    {
        long[] counts;
        double sum;
        lock (_gate)
        {
            counts = [.. _counts];
            sum = _sum;
        }

        writer.Head(name, "histogram", help);
        long total = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            total += counts[i];
            double bound = i < bounds.Length ? bounds[i] : double.PositiveInfinity;
            writer.Series("_bucket").Label("le", PrometheusWriter.Text(bound)).Value(total);
        }

        writer.Series("_sum").Value(sum);
        writer.Series("_count").Value(total);
    }
}
