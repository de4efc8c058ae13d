using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Results.Analysis;

/// <summary>All rounds of one scenario.</summary>
internal sealed class ScenarioAnalysis
{
    private readonly ImmutableArray<Sample> _samples;

    public ScenarioAnalysis(ScenarioSummary summary, ImmutableArray<Sample> samples)
    {
        Summary = summary;
        _samples = [.. samples.Where(s => s.Scenario == summary.Name).OrderBy(s => s.Round)];
        Subjects = [.. _samples.Select(s => s.Subject).Distinct(StringComparer.Ordinal).OrderBy(SubjectNames.Rank).ThenBy(s => s, StringComparer.Ordinal)];
        Metrics = Analysis.Metrics.Of(summary, _samples);
        Compared = [.. Metrics.Where(m => Analysis.Metrics.IsCompared(m, summary, _samples))];
        Peers = [.. SubjectNames.Peers.Where(p => Subjects.Contains(p, StringComparer.Ordinal))];
    }

    public ScenarioSummary Summary { get; }

    /// <summary>What was measured, in the order in which it is shown.</summary>
    public ImmutableArray<string> Subjects { get; }

    /// <summary>Those that others are compared with.</summary>
    public ImmutableArray<string> Peers { get; }

    public ImmutableArray<Metric> Metrics { get; }

    /// <summary>Those of which ratios are shown.</summary>
    public ImmutableArray<Metric> Compared { get; }

    /// <summary>Every scenario of a result that has samples, in the order of the result.</summary>
    public static ImmutableArray<ScenarioAnalysis> AllOf(CompareResult result) =>
        [.. result.Scenarios.Select(s => new ScenarioAnalysis(s, result.Samples)).Where(s => !s.Subjects.IsEmpty)];

    public Metric? MetricOf(string name) => Metrics.FirstOrDefault(m => m.Name == name);

    public IEnumerable<Sample> SamplesOf(string subject) => _samples.Where(s => s.Subject == subject);

    /// <summary>A figure over all rounds; null where it was not measured.</summary>
    public Spread? Figure(Metric metric, string subject) => Spread.Of(SamplesOf(subject).Select(metric.Of));

    /// <summary>
    /// A figure divided by that of a peer in the same round, over the rounds that both have: both see the machine as it is then, so what
    /// disturbs a round disturbs the ratio less than the figures. Null where there is none, or where one of them is not above 0, as memory that
    /// was given back may be.
    /// </summary>
    /// <param name="metric">Which figure.</param>
    /// <param name="subject">Whose.</param>
    /// <param name="peer">What it is divided by.</param>
    /// <param name="orWorst">Stands for a round in which the subject was measured and has no such figure, as without a single answer.</param>
    public Spread? Ratio(Metric metric, string subject, string peer, double? orWorst = null)
    {
        IEnumerable<double?> ratios = SamplesOf(subject).Join(
            SamplesOf(peer), s => s.Round, p => p.Round, (s, p) => metric.Of(p) is { } divisor and > 0 ? RatioOf(metric.Of(s), divisor) : null);
        return Spread.Of(ratios);

        double? RatioOf(double? figure, double divisor) => figure is null ? orWorst : figure >= 0 ? figure / divisor : null;
    }

    /// <summary>Latencies of all rounds together; null where a round did not keep them.</summary>
    public LatencyCounts? LatenciesOf(string subject, Func<Sample, LatencySummary?> of) =>
        LatencyCounts.Sum(SamplesOf(subject).Select(of).OfType<LatencySummary>().Select(l => l.Counts));

    /// <summary>In how many rounds the asked rate was not reached.</summary>
    public int SaturatedRounds(string subject) => SamplesOf(subject).Count(s => s.Saturated);

    /// <summary>In how many rounds others used the processors.</summary>
    public int DisturbedRounds(string subject) => SamplesOf(subject).Count(s => s.IsDisturbed);

    /// <summary>In how many rounds anything failed.</summary>
    public int RoundsWithErrors(string subject) => SamplesOf(subject).Count(s => !s.Errors.IsEmpty);

    /// <summary>Errors of all rounds by class.</summary>
    public ImmutableSortedDictionary<string, long> ErrorsOf(string subject) => SamplesOf(subject).SelectMany(s => s.Errors)
        .GroupBy(e => e.Key, StringComparer.Ordinal).ToImmutableSortedDictionary(g => g.Key, g => g.Sum(e => e.Value), StringComparer.Ordinal);
}
