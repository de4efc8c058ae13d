namespace L4Proxy.Loadbench.Results.Analysis;

/// <summary>A figure of one proxy in two results.</summary>
internal sealed record FigureChange(string Scenario, string Subject, Metric Metric, Spread Before, Spread After)
{
    /// <summary>With fewer rounds, ranges are apart by chance too often: of two sets of three equal figures in one case of ten.</summary>
    private const int FewestRounds = 3;

    /// <summary>The change of the median as a share of the former; null where that is 0.</summary>
    public double? Relative => Before.Median == 0 ? null : (After.Median / Before.Median) - 1;

    /// <summary>Whether the change is beyond the spread of both: every round of the one is above every round of the other.</summary>
    public bool IsClear => Math.Min(Before.Count, After.Count) >= FewestRounds && Before.IsApartFrom(After);

    public bool IsBetter => After.Median < Before.Median == Metric.LessIsBetter;
}
