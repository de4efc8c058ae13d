using System.Collections.Immutable;
using System.Globalization;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Results.Analysis;
using L4Proxy.Loadbench.Results.Reports;
using Spectre.Console;

namespace L4Proxy.Loadbench.Commands;

/// <summary>Changes between two results on a terminal.</summary>
internal static class CompareResultsReport
{
    public static void Print(CompareResult before, CompareResult after, ResultChanges changes, IAnsiConsole console)
    {
        console.WriteLine($"A: {Described(before.Environment)}");
        console.WriteLine($"B: {Described(after.Environment)}");
        foreach (string difference in Differences(before.Environment, after.Environment))
        {
            console.WriteLine($"Remark: {difference}");
        }

        ConsoleReport.Write(console, new ReportTable(
            ["scenario", "proxy", "figure", "A", "B", "change", ""], [.. changes.Changes.Select(Row)], Words: 3));
        Mention(console, "Only in A", changes.OnlyBefore);
        Mention(console, "Only in B", changes.OnlyAfter);
        console.WriteLine("Medians over the rounds, ~ distance of the quartiles; 'better' and 'worse' where every round of the one is beyond every round of the other (3 rounds at least).");
    }

    private static string Described(BenchEnvironment environment) => string.Create(
        CultureInfo.InvariantCulture, $"{environment.Started:yyyy-MM-dd HH:mm}, commit {environment.Commit ?? "unknown"}, {environment.Processor}, {environment.Cores} cores");

    /// <summary>What makes figures of two runs hard to compare.</summary>
    private static IEnumerable<string> Differences(BenchEnvironment before, BenchEnvironment after)
    {
        (string Name, string Before, string After)[] facts =
        [
            ("processor", before.Processor, after.Processor),
            ("number of cores", FigureText.Whole(before.Cores), FigureText.Whole(after.Cores)),
            ("kernel", before.Kernel, after.Kernel),
            ("runtime", before.Runtime, after.Runtime),
            .. before.Versions.Where(v => after.Versions.ContainsKey(v.Key)).Select(v => ($"version of {v.Key}", v.Value, after.Versions[v.Key])),
        ];
        return facts.Where(f => f.Before != f.After).Select(f => $"the {f.Name} differs: {f.Before} in A, {f.After} in B");
    }

    private static void Mention(IAnsiConsole console, string what, ImmutableArray<string> scenarios)
    {
        if (!scenarios.IsEmpty)
        {
            console.WriteLine($"{what}: {string.Join(", ", scenarios)}");
        }
    }

    private static ImmutableArray<string> Row(FigureChange change) =>
    [
        change.Scenario, change.Subject, ReportTables.NameOf(change.Metric),
        FigureText.Short(change.Before, FigureText.Of), FigureText.Short(change.After, FigureText.Of),
        change.Relative?.ToString("+0.0%;-0.0%;0.0%", CultureInfo.InvariantCulture) ?? FigureText.None,
        change switch
        {
            { IsClear: false } => "",
            { IsBetter: true } => "better",
            _ => "worse",
        },
    ];
}
