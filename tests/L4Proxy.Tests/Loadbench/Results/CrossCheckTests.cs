using System.Collections.Immutable;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Results.Analysis;
using L4Proxy.Loadbench.Results.Html;
using L4Proxy.Loadbench.Results.Reports;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Results;

public sealed class CrossCheckTests
{
    [Fact]
    public void Check_BothGenerators_DividesWithinRounds()
    {
        var figures = CrossCheck.All[0].Check(ScenarioAnalysis.AllOf(WithWrk())).ToDictionary(f => f.Figure, f => f.BySubject["l4proxy-linux"]);

        Assert.Equal(1.1, figures["throughput"].Median, 6);
        Assert.Equal(3, figures["throughput"].Count);
        Assert.Equal(1 / 1.1, figures["CPU per request"].Median, 6);
        Assert.Equal(2, figures["p99"].Median, 6);
    }

    [Fact]
    public void Reports_OtherGenerator_IsInAll()
    {
        CompareResult result = WithWrk();

        Assert.Contains("\n## Cross-check\n", MarkdownReport.Write(result), StringComparison.Ordinal);
        Assert.Contains("rr-64 throughput, wrk", MarkdownReport.Write(result), StringComparison.Ordinal);
        Assert.Contains("rr-64 throughput, wrk", HtmlReport.Write(result), StringComparison.Ordinal);
    }

    [Fact]
    public void CrossChecks_OtherGeneratorMissing_IsNull() =>
        Assert.Null(ReportTables.CrossChecks(ScenarioAnalysis.AllOf(SmallResult.Create()), FigureText.Full));

    /// <summary>With a tenth more throughput for the same CPU, and twice the latency.</summary>
    private static CompareResult WithWrk()
    {
        CompareResult result = SmallResult.Create();
        return result with
        {
            Scenarios = result.Scenarios.Add(new ScenarioSummary("rr-64-wrk", "By wrk.", "request")),
            Samples =
            [
                .. result.Samples,
                .. result.Samples.Where(s => s.Scenario == "rr-64").Select(s => s with
                {
                    Scenario = "rr-64-wrk",
                    Operations = s.Operations * 11 / 10,
                    Service = null,
                    Extra = ImmutableSortedDictionary<string, double>.Empty.Add("wrk p99 (us)", s.Service!.P99 * 2),
                }),
            ],
        };
    }
}
