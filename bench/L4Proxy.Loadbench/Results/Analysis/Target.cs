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
    public TargetOutcome Check(IEnumerable<ScenarioAnalysis> scenarios)
    {
        ScenarioAnalysis? scenario = scenarios.FirstOrDefault(s => s.Summary.Name == Scenario);
        Spread? figure = scenario?.MetricOf(Metric) is not { } metric ? null
            : Peer is null ? scenario.Figure(metric, Subject)
            : scenario.Ratio(metric, Subject, Peer);
        return new TargetOutcome(this, figure, VerdictOf(figure));
    }

    private TargetVerdict VerdictOf(Spread? figure)
    {
        if (figure is not { } value)
        {
            return TargetVerdict.NotMeasured;
        }

        double judged = Peer is not null ? value.Median : IsAtLeast ? value.Least : value.Most;
        return (IsAtLeast ? judged >= Limit : judged <= Limit) ? TargetVerdict.Met : TargetVerdict.Missed;
    }
}
