using System.Collections.Immutable;
using System.Globalization;
using L4Proxy.Loadbench.Results.Analysis;

namespace L4Proxy.Loadbench.Results.Reports;

/// <summary>The tables that reports have in common.</summary>
internal static class ReportTables
{
    /// <summary>Rounds that say more of the bench than of the proxy.</summary>
    private static readonly ImmutableArray<(string Name, Func<Sample, bool> IsBound)> s_bounds =
        [("generator-bound rounds", s => s.GeneratorBound), ("backend-bound rounds", s => s.BackendBound)];

    /// <summary>How <see cref="Spread"/> is put into a cell.</summary>
    public delegate string CellText(Spread? spread, Func<double, string> text);

    /// <summary>All figures of a scenario, a column for each proxy.</summary>
    public static ReportTable Figures(ScenarioAnalysis scenario, CellText cell)
    {
        List<ImmutableArray<string>> rows = [];
        foreach (Metric metric in scenario.Metrics)
        {
            rows.Add(Row(NameOf(metric), scenario, subject => metric.Name == Metrics.Errors
                ? ErrorText(scenario.ErrorsOf(subject))
                : cell(scenario.Figure(metric, subject), FigureText.Of)));
        }

        AddWhole("p99.9 of all rounds, us", s => s.Service);
        AddWhole("response p99.9 of all rounds, us", s => s.Response);
        if (scenario.Subjects.Any(s => scenario.SamplesOf(s).Any(x => x.AskedRate is not null)))
        {
            rows.Add(Row("saturated rounds", scenario, subject => scenario.SaturatedRounds(subject).ToString(CultureInfo.InvariantCulture)));
        }

        AddRounds("rounds with errors", scenario.RoundsWithErrors);
        AddRounds("disturbed rounds", scenario.DisturbedRounds);
        foreach ((string name, Func<Sample, bool> isBound) in s_bounds)
        {
            int Rounds(string subject) => scenario.SamplesOf(subject).Count(isBound);
            if (scenario.Subjects.Any(s => Rounds(s) > 0))
            {
                rows.Add(Row(name, scenario, subject => Rounds(subject).ToString(CultureInfo.InvariantCulture)));
            }
        }

        rows.Add(Row("rounds", scenario, subject => scenario.SamplesOf(subject).Count().ToString(CultureInfo.InvariantCulture)));
        return new ReportTable(["", .. scenario.Subjects], [.. rows]);

        // Of a thousand operations in a round it is one: of all rounds together it is some.
        void AddWhole(string name, Func<Sample, LatencySummary?> of)
        {
            ImmutableArray<string> figures = [.. scenario.Subjects.Select(s => scenario.LatenciesOf(s, of) is { } all ? FigureText.Of(all.Quantile(0.999)) : FigureText.None)];
            if (figures.Any(f => f != FigureText.None))
            {
                rows.Add([name, .. figures]);
            }
        }

        void AddRounds(string name, Func<string, int> count)
        {
            if (scenario.Subjects.Any(s => count(s) > 0))
            {
                rows.Add(Row(name, scenario, subject => count(subject).ToString(CultureInfo.InvariantCulture)));
            }
        }
    }

    /// <summary>Ratios of the figures that matter to those of each peer; null where no peer was measured.</summary>
    public static ReportTable? Ratios(ScenarioAnalysis scenario, CellText cell)
    {
        ImmutableArray<ImmutableArray<string>> rows =
        [
            .. from metric in scenario.Compared
               from peer in scenario.Peers
               where scenario.Subjects.Any(s => s != peer && scenario.Ratio(metric, s, peer) is not null)
               select Row($"{metric.Name} / {peer}", scenario, subject => subject == peer
                   ? FigureText.None
                   : cell(scenario.Ratio(metric, subject, peer), FigureText.Ratio)),
        ];
        return rows.IsEmpty ? null : new ReportTable(["", .. scenario.Subjects], rows);
    }

    public static ReportTable Targets(IEnumerable<TargetOutcome> outcomes) => new(
        ["scenario", "figure", "of", "target", "measured", "verdict"], [.. outcomes.Select(TargetRow)], Words: 3);

    /// <summary>This program's generator beside others; null where none of them ran.</summary>
    public static ReportTable? CrossChecks(IReadOnlyCollection<ScenarioAnalysis> scenarios, CellText cell)
    {
        var checks = CrossCheck.All.SelectMany(check => check.Check(scenarios).Select(c => (Name: $"{check.Own} {c.Figure}, {check.Tool}", c.BySubject)))
            .Where(c => !c.BySubject.IsEmpty).ToArray();
        ImmutableArray<string> subjects =
            [.. checks.SelectMany(c => c.BySubject.Keys).Distinct(StringComparer.Ordinal).OrderBy(SubjectNames.Rank).ThenBy(s => s, StringComparer.Ordinal)];
        return checks.Length == 0 ? null : new ReportTable(
            ["", .. subjects],
            [.. checks.Select(c => ImmutableArray.Create([c.Name, .. subjects.Select(s => cell(c.BySubject.TryGetValue(s, out Spread ratio) ? ratio : null, FigureText.Ratio))]))]);
    }

    public static ReportTable Environment(BenchEnvironment environment) => new(
        ["", ""],
        [
            ["started", environment.Started.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture)],
            ["kernel", environment.Kernel],
            ["processor", $"{environment.Processor}, {environment.Cores} cores"],
            ["memory", $"{FigureText.Of(environment.MemoryBytes / (double)(1 << 30))} GiB"],
            ["runtime", environment.Runtime],
            ["commit", environment.Commit ?? "unknown"],
            ["command line", environment.CommandLine],
            .. environment.OpenFiles > 0 ? [["open files", FigureText.Whole(environment.OpenFiles)]] : ImmutableArray<ImmutableArray<string>>.Empty,
            .. environment.Variables.Select(v => ImmutableArray.Create(v.Key, v.Value)),
            .. environment.Versions.Select(v => ImmutableArray.Create($"{v.Key}, version", v.Value)),
            .. environment.CommandLines.Select(c => ImmutableArray.Create($"{c.Key}, command line", c.Value)),
        ],
        Words: 2);

    /// <summary>Name and unit, which some names have as a word of their own.</summary>
    public static string NameOf(Metric metric) =>
        metric.Unit.Length == 0 || metric.Name.Split(' ', '(', ')').Contains(metric.Unit, StringComparer.Ordinal) ? metric.Name : $"{metric.Name}, {metric.Unit}";

    /// <summary>The sum, and what it is made of.</summary>
    private static string ErrorText(ImmutableSortedDictionary<string, long> errors)
    {
        string sum = FigureText.Whole(errors.Values.Sum());
        string classes = string.Join(", ", errors.Where(e => e.Value != 0).Select(e => $"{e.Key} {FigureText.Whole(e.Value)}"));
        return classes.Length == 0 ? sum : $"{sum} ({classes})";
    }

    private static ImmutableArray<string> TargetRow(TargetOutcome outcome)
    {
        Target target = outcome.Target;
        Func<double, string> text = target.Peer is null ? FigureText.Of : FigureText.Ratio;
        return
        [
            target.Scenario,
            target.Metric,
            target.Peer is null ? target.Subject : $"{target.Subject} / {target.Peer}",
            $"{(target.IsAtLeast ? ">=" : "<=")} {text(target.Limit)}",
            FigureText.WithRange(outcome.Figure, text),
            outcome.VerdictText,
        ];
    }

    private static ImmutableArray<string> Row(string name, ScenarioAnalysis scenario, Func<string, string> cell) =>
        [name, .. scenario.Subjects.Select(cell)];
}
