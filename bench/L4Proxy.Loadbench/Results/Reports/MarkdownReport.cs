using System.Collections.Immutable;
using System.Text;
using L4Proxy.Loadbench.Results.Analysis;

namespace L4Proxy.Loadbench.Results.Reports;

/// <summary>A result as GitHub's Markdown.</summary>
internal static class MarkdownReport
{
    /// <summary>What Markdown or HTML in it would take for its own.</summary>
    private const string Special = "\\`*_[]<>|&~";

    public static string Write(CompareResult result)
    {
        ImmutableArray<ScenarioAnalysis> scenarios = ScenarioAnalysis.AllOf(result);
        StringBuilder text = new();
        text.Append("# Comparison of proxies\n\n## Targets\n\n");
        Append(text, ReportTables.Targets(Targets.Check(scenarios)));
        foreach (ScenarioAnalysis scenario in scenarios)
        {
            text.Append($"\n## {Escape(scenario.Summary.Name)}\n\n{Escape(scenario.Summary.Description)}\n\n");
            text.Append("Median (smallest..largest; distance of the quartiles) over the rounds:\n\n");
            Append(text, ReportTables.Figures(scenario, FigureText.Full));
            if (ReportTables.Ratios(scenario, FigureText.Full) is { } ratios)
            {
                text.Append("\nRatios within each round:\n\n");
                Append(text, ratios);
            }
        }

        if (ReportTables.CrossChecks(scenarios, FigureText.Full) is { } checks)
        {
            text.Append("\n## Cross-check\n\nFigures by another generator, divided by this program's own within each round:\n\n");
            Append(text, checks);
        }

        text.Append("\n## Environment\n\n");
        Append(text, ReportTables.Environment(result.Environment));
        text.Append("\n## Remarks\n\n");
        foreach (string remark in result.Environment.Remarks.Concat(FairnessRemarks.All))
        {
            text.Append($"- {Escape(remark)}\n");
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, ReportTable table)
    {
        AppendRow(text, table.Head);
        text.Append('|').AppendJoin('|', table.Head.Select((_, i) => i < table.Words ? " --- " : " ---: ")).Append("|\n");
        foreach (ImmutableArray<string> row in table.Rows)
        {
            AppendRow(text, row);
        }
    }

    private static void AppendRow(StringBuilder text, ImmutableArray<string> row) =>
        text.Append("| ").AppendJoin(" | ", row.Select(Escape)).Append(" |\n");

    private static string Escape(string text)
    {
        StringBuilder escaped = new(text.Length);
        foreach (char c in text)
        {
            if (Special.Contains(c))
            {
                escaped.Append('\\');
            }

            // A line break would end a row.
            escaped.Append(char.IsControl(c) ? ' ' : c);
        }

        return escaped.ToString();
    }
}
