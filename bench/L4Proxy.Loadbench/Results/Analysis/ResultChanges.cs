using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Results.Analysis;

/// <summary>Two results side by side: what both of them measured.</summary>
internal sealed class ResultChanges
{
    public ResultChanges(CompareResult before, CompareResult after)
    {
        ImmutableArray<ScenarioAnalysis> former = ScenarioAnalysis.AllOf(before);
        ImmutableArray<ScenarioAnalysis> latter = ScenarioAnalysis.AllOf(after);
        OnlyBefore = [.. Names(former).Except(Names(latter), StringComparer.Ordinal)];
        OnlyAfter = [.. Names(latter).Except(Names(former), StringComparer.Ordinal)];
        Changes = [.. former.Join(latter, s => s.Summary.Name, s => s.Summary.Name, Of, StringComparer.Ordinal).SelectMany(c => c)];
    }

    public ImmutableArray<FigureChange> Changes { get; }

    /// <summary>Scenarios that only one of the two has.</summary>
    public ImmutableArray<string> OnlyBefore { get; }

    public ImmutableArray<string> OnlyAfter { get; }

    private static IEnumerable<string> Names(IEnumerable<ScenarioAnalysis> scenarios) => scenarios.Select(s => s.Summary.Name);

    /// <summary>Figures that are compared, and errors, by proxy and then figure.</summary>
    private static IEnumerable<FigureChange> Of(ScenarioAnalysis before, ScenarioAnalysis after) =>
        from subject in before.Subjects
        where after.Subjects.Contains(subject, StringComparer.Ordinal)
        from metric in before.Metrics
        where metric.Name == Metrics.Errors || before.Compared.Contains(metric)
        let former = before.Figure(metric, subject)
        let latter = after.Figure(metric, subject)
        where former is not null && latter is not null
        select new FigureChange(before.Summary.Name, subject, metric, former.Value, latter.Value);
}
