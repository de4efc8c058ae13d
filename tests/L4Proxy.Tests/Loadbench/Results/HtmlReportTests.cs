using System.Collections.Immutable;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Results.Html;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Results;

public sealed class HtmlReportTests
{
    private const string Hostile = "<script>alert(1)</script>\"'&]]>\u0001\u202e --";

    [Fact]
    public void Write_SmallResult_HasEachScenarioWithItsPlots()
    {
        XElement page = Parse(SmallResult.Create());

        Assert.Equal(["Targets", "rr-64", "bulk-down", "reload", "Environment", "Remarks"], page.Descendants("h2").Select(h => h.Value));
        Assert.Contains("rr-64: ratios to haproxy", page.Descendants("title").Select(t => t.Value));
        Assert.Contains("reload: Latency from the intended start (response time)", page.Descendants("title").Select(t => t.Value));
        Assert.Contains("0123456789abcdef", page.Value, StringComparison.Ordinal);
    }

    /// <summary>The page is opened where there is no network, and mailed around.</summary>
    [Fact]
    public void Write_SmallResult_NeedsNothingElse()
    {
        string text = HtmlReport.Write(SmallResult.Create());

        Assert.DoesNotMatch(new Regex("<script|<link|<img|@import|url\\(|https?://", RegexOptions.IgnoreCase), text);
    }

    /// <summary>Browsers read a style sheet as it is in the file, so it must not need escapes.</summary>
    [Fact]
    public void Write_StyleSheet_HasNoEscapes()
    {
        string text = HtmlReport.Write(SmallResult.Create());
        int start = text.IndexOf("<style>", StringComparison.Ordinal);

        Assert.DoesNotContain('&', text[start..text.IndexOf("</style>", StringComparison.Ordinal)]);
    }

    /// <summary>HTML has no short form of elements that are not void: a browser would take the rest of the page for their content.</summary>
    [Fact]
    public void Write_EmptyElements_HaveEndTags()
    {
        string[] voids = ["meta", "line", "rect", "circle", "polyline"];

        MatchCollection shorts = new Regex("<([a-z0-9]+)[^<>]*/>").Matches(HtmlReport.Write(SmallResult.Create()));

        Assert.All(shorts, s => Assert.Contains(s.Groups[1].Value, voids));
    }

    [Fact]
    public void Write_HostileNames_AreText()
    {
        CompareResult result = SmallResult.Create();
        result = result with
        {
            Scenarios = [.. result.Scenarios.Select(s => s with { Name = s.Name + Hostile, Description = Hostile })],
            Samples =
            [
                .. result.Samples.Select(s => s with
                {
                    Scenario = s.Scenario + Hostile,
                    Subject = s.Subject == "direct" ? Hostile : s.Subject,
                    Extra = ImmutableSortedDictionary<string, double>.Empty.Add(Hostile, 1),
                    Errors = ImmutableSortedDictionary<string, long>.Empty.Add(Hostile, 1),
                }),
            ],
            Environment = result.Environment with { CommandLine = Hostile, Commit = Hostile, Remarks = [Hostile] },
        };

        XElement page = Parse(result);

        Assert.Empty(page.Descendants("script"));
        Assert.Contains("rr-64<script>alert(1)</script>\"'&]]>\uFFFD\u202e --", page.Descendants("h2").Select(h => h.Value));
    }

    [Fact]
    public void Write_NothingMeasured_IsAPage()
    {
        XElement page = Parse(SmallResult.Create() with { Samples = [] });

        Assert.Empty(page.Descendants("svg"));
        Assert.Contains("not measured", page.Value, StringComparison.Ordinal);
    }

    private static XElement Parse(CompareResult result) => XDocument.Parse(HtmlReport.Write(result)).Root!;
}
