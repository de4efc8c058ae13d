using System.Xml.Linq;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Results.Analysis;
using L4Proxy.Loadbench.Results.Html;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Results;

public sealed class LatencyCountsTests
{
    private static readonly Arbitrary<int[]> s_microseconds = Gen.Choose(1, 5_000_000).NonEmptyListOf().Select(l => l.ToArray()).ToArbitrary();

    [Fact]
    public void Sum_TextsOfTwoHalves_IsTheWhole() => Prop.ForAll(s_microseconds, all =>
    {
        string[] halves = [Text(all[..(all.Length / 2)]), Text(all[(all.Length / 2)..])];

        LatencyCounts? sum = LatencyCounts.Sum(halves);

        return sum is not null && sum.ToString() == Text(all) && sum.Total == all.Length;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Quantile_Any_IsThatOfTheHistogramWithinTheWidthOfABucket() => Prop.ForAll(s_microseconds, all =>
    {
        LatencyHistogram histogram = Histogram(all);
        LatencyCounts counts = LatencyCounts.Of(histogram);

        return new[] { 0.01, 0.5, 0.99, 1 }.All(share =>
            counts.Quantile(share) / histogram.Quantile(share).TotalMicroseconds is > 0.999 and < 1.017);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("12")]
    [InlineData("12:x")]
    [InlineData("-1:2")]
    public void Sum_NotSuchATextAmongThem_IsNull(string? text) => Assert.Null(LatencyCounts.Sum(text is "" ? [text] : ["1:1", text]));

    /// <summary>What all operations of a long run are kept in has to stay small beside them.</summary>
    [Fact]
    public void ToString_ThreePowersOfTen_IsAFewThousandCharacters() =>
        Assert.InRange(Text([.. Enumerable.Range(50, 50_000)]).Length, 1_000, 10_000);

    [Fact]
    public void Html_RoundsWithCounts_DrawsTheCurveOfAllTogether()
    {
        CompareResult result = SmallResult.Create();
        string counts = Text([.. Enumerable.Range(100, 900)]);
        result = result with { Samples = [.. result.Samples.Select(s => s.Service is { } service ? s with { Service = service with { Counts = counts } } : s)] };

        XElement page = XDocument.Parse(HtmlReport.Write(result)).Root!;

        Assert.Contains(page.Descendants("polyline"), curve => curve.Attribute("points")!.Value.Split(' ').Length > 20);
        Assert.Contains("p99.9 of all rounds", page.Value, StringComparison.Ordinal);
        Assert.Equal(2_700, ScenarioAnalysis.AllOf(result)[0].LatenciesOf("haproxy", s => s.Service)!.Total);
    }

    private static string Text(int[] microseconds) => LatencyCounts.Of(Histogram(microseconds)).ToString();

    private static LatencyHistogram Histogram(int[] microseconds)
    {
        LatencyHistogram histogram = new();
        foreach (int one in microseconds)
        {
            histogram.Record(TimeSpan.FromMicroseconds(one));
        }

        return histogram;
    }
}
