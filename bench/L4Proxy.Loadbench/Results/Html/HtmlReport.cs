using System.Collections.Immutable;
using System.Globalization;
using System.Xml.Linq;
using L4Proxy.Loadbench.Results.Analysis;
using L4Proxy.Loadbench.Results.Reports;

namespace L4Proxy.Loadbench.Results.Html;

/// <summary>A result as one page that needs nothing else: no scripts, no fonts, no pictures from elsewhere.</summary>
internal static class HtmlReport
{
    public static string Write(CompareResult result)
    {
        ImmutableArray<ScenarioAnalysis> scenarios = ScenarioAnalysis.AllOf(result);
        XElement html = new(
            "html",
            new XAttribute("lang", "en"),
            Head(),
            new XElement("body", Title(result), Contents(scenarios), TargetSection(scenarios), scenarios.Select(Section), CrossChecks(scenarios), Environment(result), Remarks(result)));
        return Markup.Document(html);
    }

    private static XElement Head() => new(
        "head",
        new XElement("meta", new XAttribute("charset", "utf-8")),
        new XElement("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
        new XElement("title", "Comparison of proxies"),
        new XElement("style", PageStyle.Css, PageStyle.Colours()));

    private static IEnumerable<XElement> Title(CompareResult result)
    {
        BenchEnvironment environment = result.Environment;
        string started = environment.Started.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        int rounds = result.Samples.Select(s => s.Round).DefaultIfEmpty().Max();
        yield return new XElement("h1", "Comparison of proxies");
        yield return Markup.Of("p", "faint", Markup.Clean($"{started}, {rounds} round{(rounds == 1 ? "" : "s")}, {environment.Processor}, {environment.Cores} cores, {environment.Kernel}"));
    }

    private static XElement Contents(ImmutableArray<ScenarioAnalysis> scenarios) => new(
        "nav",
        Link("targets", "targets"),
        scenarios.Select((s, i) => Link($"scenario-{i}", s.Summary.Name)),
        Link("environment", "environment"),
        Link("remarks", "remarks"));

    /// <summary>The space lets lines break between links.</summary>
    private static object[] Link(string to, string text) => [new XElement("a", new XAttribute("href", $"#{to}"), Markup.Clean(text)), " "];

    private static XElement TargetSection(ImmutableArray<ScenarioAnalysis> scenarios)
    {
        ImmutableArray<TargetOutcome> outcomes = Targets.Check(scenarios);
        string summary = string.Join(", ", outcomes.OrderBy(o => o.Verdict).CountBy(o => o.VerdictText).Select(c => $"{c.Value} {c.Key}"));
        return new XElement(
            "section", Heading("targets", "Targets"), Markup.Of("p", "faint", $"{summary}. Of ratios the median is judged, of figures without a peer the worst round; in parentheses why a verdict may be chance."), Grid(ReportTables.Targets(outcomes)));
    }

    private static XElement Section(ScenarioAnalysis scenario, int index) => new(
        "section",
        Heading($"scenario-{index}", scenario.Summary.Name),
        new XElement("p", Markup.Clean(scenario.Summary.Description)),
        Legend(scenario),
        Plots(scenario),
        new XElement("h3", "Figures: median, below it smallest..largest and distance of the quartiles"),
        Grid(ReportTables.Figures(scenario, FigureText.Full)),
        ReportTables.Ratios(scenario, FigureText.Full) is { } ratios ? new object[] { new XElement("h3", "Ratios within each round"), Grid(ratios) } : null);

    private static XElement Legend(ScenarioAnalysis scenario) => Markup.Of(
        "ul", "legend", scenario.Subjects.Select(s => new XElement("li", Markup.Of("i", SubjectStyles.Of(scenario, s), ""), Markup.Clean(s))));

    private static XElement? Plots(ScenarioAnalysis scenario)
    {
        XElement[] plots =
        [
            .. scenario.Peers.Where(p => p != SubjectNames.Direct || scenario.Peers.Length == 1).SelectMany(p => Figure($"Beside {p} (1 = {p})", RatioBars.Draw(scenario, p))),
            .. Curves(scenario, "Latency from the actual start (service time)", s => s.Service),
            .. Curves(scenario, "Latency from the intended start (response time)", s => s.Response),
        ];
        return plots.Length == 0 ? null : Markup.Of("div", "plots", [.. plots]);
    }

    private static IEnumerable<XElement> Curves(ScenarioAnalysis scenario, string title, Func<Sample, LatencySummary?> of) =>
        Figure(title, LatencyCurves.Draw(scenario, title, of));

    private static IEnumerable<XElement> Figure(string caption, XElement? drawing) =>
        drawing is null ? [] : [new XElement("figure", new XElement("figcaption", caption), drawing)];

    private static XElement? CrossChecks(ImmutableArray<ScenarioAnalysis> scenarios) => ReportTables.CrossChecks(scenarios, FigureText.Full) is not { } checks
        ? null
        : new XElement(
            "section",
            Heading("cross-check", "Cross-check"),
            Markup.Of("p", "faint", "Figures by another generator, divided by this program's own within each round."),
            Grid(checks));

    private static XElement Environment(CompareResult result) => new(
        "section", Heading("environment", "Environment"), Grid(ReportTables.Environment(result.Environment), "texts"));

    private static XElement Remarks(CompareResult result) => new(
        "section",
        Heading("remarks", "Remarks"),
        new XElement("ul", result.Environment.Remarks.Concat(FairnessRemarks.All).Select(r => new XElement("li", Markup.Clean(r)))));

    private static XElement Heading(string id, string text) => new("h2", new XAttribute("id", id), Markup.Clean(text));

    private static XElement Grid(ReportTable table, string? style = null) => Markup.Of(
        "div",
        "wide",
        Markup.Of(
            "table",
            style,
            table.Head.All(h => h.Length == 0) ? null : new XElement("thead", new XElement("tr", table.Head.Select((text, i) => Markup.Of("th", i < table.Words ? "word" : null, Markup.Clean(text))))),
            new XElement("tbody", table.Rows.Select(row => new XElement("tr", row.Select((text, i) => Cell(text, i < table.Words)))))));

    private static XElement Cell(string text, bool isWord)
    {
        string? style = text switch
        {
            "met" or "missed" => text,
            FigureText.None or "not measured" => "none",
            _ => isWord ? "word" : null,
        };
        int range = isWord ? -1 : text.IndexOf(" (", StringComparison.Ordinal);
        return range < 0
            ? Markup.Of("td", style, Markup.Clean(text))
            : Markup.Of("td", style, Markup.Clean(text[..range]), Markup.Of("span", "range", Markup.Clean(text[(range + 2)..^1])));
    }
}
