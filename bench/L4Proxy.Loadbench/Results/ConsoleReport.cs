using System.Collections.Immutable;
using L4Proxy.Loadbench.Results.Analysis;
using L4Proxy.Loadbench.Results.Reports;
using Spectre.Console;

namespace L4Proxy.Loadbench.Results;

/// <summary>A result on a terminal.</summary>
internal static class ConsoleReport
{
    /// <summary>What tables are made for; also where there is no terminal, which Spectre takes for 80.</summary>
    public const int Columns = 120;

    public static void Print(CompareResult result) => Print(result, CreateConsole());

    public static IAnsiConsole CreateConsole()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect });
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = Columns;
        }

        return console;
    }

    public static void Print(CompareResult result, IAnsiConsole console)
    {
        ImmutableArray<ScenarioAnalysis> scenarios = ScenarioAnalysis.AllOf(result);
        foreach (ScenarioAnalysis scenario in scenarios)
        {
            console.WriteLine();
            console.Write(new Text($"{scenario.Summary.Name}: ", new Style(decoration: Decoration.Bold)));
            console.WriteLine(scenario.Summary.Description);
            Write(console, ReportTables.Figures(scenario, FigureText.Short));
            if (ReportTables.Ratios(scenario, FigureText.Short) is { } ratios)
            {
                Write(console, ratios);
            }
        }

        console.WriteLine();
        console.WriteLine("Medians over the rounds (of ratios within each round), ~ distance of the quartiles relative to the median.");
        console.WriteLine();
        console.Write(new Text("targets\n", new Style(decoration: Decoration.Bold)));
        Write(console, ReportTables.Targets(Targets.Check(scenarios)));
        if (ReportTables.CrossChecks(scenarios, FigureText.Short) is { } checks)
        {
            console.Write(new Text("figures by another generator, divided by this program's own within each round\n", new Style(decoration: Decoration.Bold)));
            Write(console, checks);
        }

        foreach (string remark in result.Environment.Remarks)
        {
            console.WriteLine($"Remark: {remark}");
        }
    }

    public static void Write(IAnsiConsole console, ReportTable content)
    {
        Table table = new() { Border = TableBorder.Simple };
        foreach (string head in content.Head)
        {
            TableColumn column = new(new Text(head));
            column.NoWrap = table.Columns.Count is 0 || table.Columns.Count >= content.Words;
            table.AddColumn(table.Columns.Count < content.Words ? column : column.RightAligned());
        }

        foreach (ImmutableArray<string> row in content.Rows)
        {
            table.AddRow(row.Select(cell => new Text(cell, StyleOf(cell))));
        }

        console.Write(table);
    }

    private static Style StyleOf(string cell) => cell switch
    {
        "met" or "better" => new Style(Color.Green),
        "missed" or "worse" => new Style(Color.Red),
        _ => Style.Plain,
    };
}
