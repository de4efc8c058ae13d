using System.Collections.Immutable;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Results.Analysis;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Results;

public sealed class ScenarioAnalysisTests
{
    private static readonly ScenarioAnalysis s_requests = Of("rr-64");

    [Fact]
    public void Figure_ProcessorTime_IsUserAndSystemOfOneRequest()
    {
        Assert.Equal(new Spread(11, 10, 12, 10.5, 11.5, 3), Figure(s_requests, "CPU per request", "l4proxy-linux"));
        Assert.Equal(2, Figure(s_requests, "user CPU per request", "l4proxy-linux")!.Value.Median);
        Assert.Equal(9, Figure(s_requests, "system CPU per request", "l4proxy-linux")!.Value.Median);
    }

    [Fact]
    public void Figure_NoProcesses_HasNoProcessorTimeAndMemory()
    {
        Assert.Null(Figure(s_requests, "CPU per request", "direct"));
        Assert.Null(Figure(s_requests, "peak RSS", "direct"));
    }

    [Fact]
    public void Figure_Gigabytes_CountPayload()
    {
        ScenarioAnalysis bulk = Of("bulk-down");

        Assert.Equal(150_000, Figure(bulk, "CPU per GB", "l4proxy-linux")!.Value.Median);
        Assert.Equal(1, Figure(bulk, "throughput", "l4proxy-linux")!.Value.Median);
    }

    [Fact]
    public void Ratio_RoundsInOtherOrder_AreWithinRounds()
    {
        Spread ratio = s_requests.Ratio(s_requests.MetricOf("CPU per request")!, "l4proxy-linux", "haproxy")!.Value;

        Assert.Equal([0.8, 0.88, 0.96], [ratio.Least, ratio.Median, ratio.Most]);
    }

    /// <summary>A round that one proxy lacks must not be compared with another round.</summary>
    [Fact]
    public void Ratio_RoundMissing_IsLeftOut()
    {
        CompareResult result = SmallResult.Create();
        ImmutableArray<Sample> samples = [.. result.Samples.Where(s => s.Subject != "haproxy" || s.Round == 2)];
        ScenarioAnalysis scenario = new(result.Scenarios[0], samples);

        Spread ratio = scenario.Ratio(scenario.MetricOf("CPU per request")!, "l4proxy-linux", "haproxy")!.Value;

        Assert.Equal((0.88, 1), (ratio.Median, ratio.Count));
    }

    [Fact]
    public void Ratio_PeerWithoutTheFigure_IsNull() =>
        Assert.Null(s_requests.Ratio(s_requests.MetricOf("CPU per request")!, "l4proxy-linux", "direct"));

    /// <summary>A proxy that answers nothing in a round must not look as good as its other rounds.</summary>
    [Fact]
    public void Figure_RoundWithoutOperations_IsZeroThroughput()
    {
        CompareResult result = SmallResult.Create();
        ImmutableArray<Sample> samples = [.. result.Samples.Select(s => s is { Subject: "l4proxy-linux", Round: 2 } ? s with { Operations = 0 } : s)];
        ScenarioAnalysis scenario = new(result.Scenarios[0], samples);

        Assert.Equal(0, Figure(scenario, "throughput", "l4proxy-linux")!.Value.Least);
    }

    [Theory]
    [InlineData(-2.0, 4.0)]
    [InlineData(4.0, -2.0)]
    [InlineData(4.0, 0.0)]
    public void Ratio_FigureThatIsNotAboveZero_IsNull(double figure, double divisor)
    {
        Sample[] samples =
        [
            new() { Scenario = "idle", Subject = "l4proxy-linux", Round = 1, Extra = ImmutableSortedDictionary<string, double>.Empty.Add("left (MiB)", figure) },
            new() { Scenario = "idle", Subject = "haproxy", Round = 1, Extra = ImmutableSortedDictionary<string, double>.Empty.Add("left (MiB)", divisor) },
        ];
        ScenarioAnalysis scenario = new(new ScenarioSummary("idle", "", "connection"), [.. samples]);

        Assert.Null(scenario.Ratio(scenario.MetricOf("left (MiB)")!, "l4proxy-linux", "haproxy"));
    }

    [Fact]
    public void ErrorsOf_Rounds_AreSummedByClass() =>
        Assert.Equal([new("Reset", 2), new("Timeout", 1)], s_requests.ErrorsOf("haproxy").ToArray());

    [Fact]
    public void AllOf_ScenarioWithoutSamples_IsLeftOut() =>
        Assert.Equal(["rr-64", "bulk-down", "reload"], ScenarioAnalysis.AllOf(SmallResult.Create()).Select(s => s.Summary.Name));

    private static ScenarioAnalysis Of(string name) => ScenarioAnalysis.AllOf(SmallResult.Create()).Single(s => s.Summary.Name == name);

    private static Spread? Figure(ScenarioAnalysis scenario, string metric, string subject) => scenario.Figure(scenario.MetricOf(metric)!, subject);
}
