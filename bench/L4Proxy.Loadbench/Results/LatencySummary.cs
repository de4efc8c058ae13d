using System.Text.Json.Serialization;
using L4Proxy.Loadbench.Load;

namespace L4Proxy.Loadbench.Results;

/// <summary>A distribution of latencies, in microseconds.</summary>
internal sealed record LatencySummary(double P50, double P90, double P99, double P999, double Longest, double Mean)
{
    /// <summary>What <see cref="LatencyCounts"/> wrote of it, to be added to that of other rounds; null where it was not kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Counts { get; init; }

    public static LatencySummary Of(LatencyHistogram histogram) => new(
        histogram.Quantile(0.5).TotalMicroseconds, histogram.Quantile(0.9).TotalMicroseconds, histogram.Quantile(0.99).TotalMicroseconds,
        histogram.Quantile(0.999).TotalMicroseconds, histogram.Longest.TotalMicroseconds, histogram.Mean.TotalMicroseconds);

    public static LatencySummary WithCountsOf(LatencyHistogram histogram) => Of(histogram) with { Counts = LatencyCounts.Of(histogram).ToString() };
}
