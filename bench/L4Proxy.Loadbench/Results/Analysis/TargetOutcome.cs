namespace L4Proxy.Loadbench.Results.Analysis;

/// <summary>A target and what was measured.</summary>
/// <param name="Target">What was to be.</param>
/// <param name="Figure">The ratio, or the figure itself where the target has no peer; null where it was not measured.</param>
/// <param name="Verdict">Of the median of ratios; of the worst round where there is no peer.</param>
/// <param name="Doubt">Why it may be chance.</param>
internal sealed record TargetOutcome(Target Target, Spread? Figure, TargetVerdict Verdict, TargetDoubt Doubt)
{
    public string VerdictText => Doubt switch
    {
        TargetDoubt.FewRounds => $"{Word} (few rounds)",
        TargetDoubt.Errors => $"{Word} (errors)",
        TargetDoubt.Saturated => $"{Word} (saturated)",
        TargetDoubt.NotSettled => $"{Word} (not settled)",
        _ => Word,
    };

    private string Word => Verdict switch
    {
        TargetVerdict.Met => "met",
        TargetVerdict.Missed => "missed",
        _ => "not measured",
    };
}
