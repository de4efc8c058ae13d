using L4Proxy.Loadbench.Results.Analysis;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Results;

public sealed class TargetTests
{
    private static readonly IReadOnlyCollection<ScenarioAnalysis> s_scenarios = ScenarioAnalysis.AllOf(SmallResult.Create());

    [Theory]
    [InlineData("CPU per request", 0.88, false, TargetVerdict.Met)]
    [InlineData("CPU per request", 0.87, false, TargetVerdict.Missed)]
    [InlineData("throughput", 1.25, true, TargetVerdict.Met)]
    [InlineData("throughput", 1.26, true, TargetVerdict.Missed)]
    [InlineData("response p99", 1, false, TargetVerdict.NotMeasured)]
    internal void Check_BesidePeer_JudgesTheMedianOfRatios(string metric, double limit, bool isAtLeast, TargetVerdict expected) =>
        Assert.Equal(expected, new Target("rr-64", metric, "l4proxy-linux", "haproxy", limit, isAtLeast).Check(s_scenarios).Verdict);

    [Theory]
    [InlineData("idle", "haproxy")]
    [InlineData("rr-64", "nginx")]
    [InlineData("no such scenario", "haproxy")]
    public void Check_NotMeasured_SaysSo(string scenario, string peer) =>
        Assert.Equal("not measured", new Target(scenario, "CPU per request", "l4proxy-linux", peer, 1).Check(s_scenarios).VerdictText);

    /// <summary>Errors in one round of three are no 0 errors, though the median is.</summary>
    [Fact]
    public void Check_Alone_JudgesTheWorstRound() =>
        Assert.Equal(TargetVerdict.Missed, new Target("rr-64", "errors", "haproxy", Peer: null, 0).Check(s_scenarios).Verdict);

    [Fact]
    public void All_Targets_NameFiguresThatScenariosHave()
    {
        TargetOutcome[] outcomes = [.. Targets.Check(s_scenarios).Where(o => o.Target is { Scenario: "rr-64", Peer: "haproxy" } or { Scenario: "bulk-down", Peer: "haproxy" } or { Scenario: "reload" })];

        Assert.Equal(5, outcomes.Length);
        Assert.All(outcomes, o => Assert.NotEqual(TargetVerdict.NotMeasured, o.Verdict));
    }
}
