using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Results.Analysis;

/// <summary>
/// The same load by this program's generator and by another one. Far from 1, one of the two measures something else than proxies; what
/// matters is that it is as far from 1 for all of them.
/// </summary>
/// <param name="Own">Scenario by this program.</param>
/// <param name="Tool">The other one; its scenario has its name at the end.</param>
/// <param name="Figures">Names of what both measure, in the one and in the other.</param>
internal sealed record CrossCheck(string Own, string Tool, ImmutableArray<(string Own, string Other)> Figures)
{
    public static ImmutableArray<CrossCheck> All { get; } =
    [
        new("rr-64", "wrk",
        [
            (Metrics.Throughput, Metrics.Throughput), ("CPU per request", "CPU per request"), (Metrics.P50, "wrk p50 (us)"), (Metrics.P99, "wrk p99 (us)"),
        ]),
        new("bulk-down", "iperf3", [(Metrics.Throughput, Metrics.Throughput), ("CPU per GB", "CPU per GB")]),
    ];

    /// <summary>Figures of the other divided by this program's, by proxy; those that there are.</summary>
    public IEnumerable<(string Figure, ImmutableSortedDictionary<string, Spread> BySubject)> Check(IReadOnlyCollection<ScenarioAnalysis> scenarios)
    {
        if (scenarios.FirstOrDefault(s => s.Summary.Name == Own) is not { } own || scenarios.FirstOrDefault(s => s.Summary.Name == $"{Own}-{Tool}") is not { } other)
        {
            yield break;
        }

        foreach ((string ownName, string otherName) in Figures)
        {
            if (own.MetricOf(ownName) is { } ownMetric && other.MetricOf(otherName) is { } otherMetric)
            {
                yield return (ownName, own.Subjects
                    .Select(subject => (Subject: subject, Ratio: RatioOf(subject, own, ownMetric, other, otherMetric)))
                    .Where(r => r.Ratio is not null)
                    .ToImmutableSortedDictionary(r => r.Subject, r => r.Ratio!.Value, StringComparer.Ordinal));
            }
        }
    }

    /// <summary>Within each round, over the rounds that both have.</summary>
    private static Spread? RatioOf(string subject, ScenarioAnalysis own, Metric ownMetric, ScenarioAnalysis other, Metric otherMetric) =>
        Spread.Of(other.SamplesOf(subject).Join(
            own.SamplesOf(subject), s => s.Round, s => s.Round, (o, s) => ownMetric.Of(s) is { } divisor and > 0 ? otherMetric.Of(o) / divisor : null));
}
