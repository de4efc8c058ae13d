namespace L4Proxy.Loadbench.Results.Analysis;

/// <summary>What a figure is to be.</summary>
/// <param name="Scenario">Such as <c>rr-64</c>.</param>
/// <param name="Metric">Name of the figure in that scenario.</param>
/// <param name="Subject">Whose figure.</param>
/// <param name="Peer">What it is divided by; null for the figure itself, which then holds for every round.</param>
/// <param name="Limit">What the median of the ratio is to be.</param>
/// <param name="IsAtLeast">Whether the limit is the least in place of the most.</param>
internal sealed record Target(string Scenario, string Metric, string Subject, string? Peer, double Limit, bool IsAtLeast = false)
{
    /// <summary>Targets are for medians over as many; with fewer, two disturbed rounds are enough to move a median beyond those on one side.</summary>
    public const int FewestRounds = 7;

    public TargetOutcome Check(IEnumerable<ScenarioAnalysis> scenarios)
    {
        if (scenarios.FirstOrDefault(s => s.Summary.Name == Scenario) is not { } scenario || scenario.MetricOf(Metric) is not { } metric)
        {
            return new TargetOutcome(this, null, TargetVerdict.NotMeasured, TargetDoubt.None);
        }

        Spread? figure = Peer is null ? scenario.Figure(metric, Subject) : scenario.Ratio(metric, Subject, Peer);
        if (figure is not { } shown)
        {
            return new TargetOutcome(this, null, TargetVerdict.NotMeasured, TargetDoubt.None);
        }

        Spread judged = Peer is null ? shown : scenario.Ratio(metric, Subject, Peer, orWorst: IsAtLeast ? 0 : double.MaxValue)!.Value;
        TargetVerdict verdict = VerdictOf(judged);
        return new TargetOutcome(this, shown, verdict, DoubtOf(scenario, judged, verdict));
    }

    private bool Holds(double figure) => IsAtLeast ? figure >= Limit : figure <= Limit;

    private TargetVerdict VerdictOf(Spread figure)
    {
        double judged = Peer is not null ? figure.Median : IsAtLeast ? figure.Least : figure.Most;
        return Holds(judged) ? TargetVerdict.Met : TargetVerdict.Missed;
    }

    private TargetDoubt DoubtOf(ScenarioAnalysis scenario, Spread figure, TargetVerdict verdict)
    {
        if (Peer is null)
        {
            // What has to hold in every round is missed by one.
            return verdict == TargetVerdict.Met && figure.Count < FewestRounds ? TargetDoubt.FewRounds : TargetDoubt.None;
        }

        bool Any(Func<Sample, bool> what) => scenario.SamplesOf(Subject).Concat(scenario.SamplesOf(Peer)).Any(what);
        return figure.Count < FewestRounds ? TargetDoubt.FewRounds
            : Any(s => !s.Errors.IsEmpty) ? TargetDoubt.Errors
            : Any(s => s.Saturated) ? TargetDoubt.Saturated
            : Holds(figure.LowerQuartile) != Holds(figure.UpperQuartile) ? TargetDoubt.NotSettled
            : TargetDoubt.None;
    }
}
