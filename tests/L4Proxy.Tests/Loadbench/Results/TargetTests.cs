using System.Collections.Immutable;
using System.Globalization;
using L4Proxy.Loadbench.Results;
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

    [Theory]
    [InlineData("8 8 8 9 9 9 9", "met")]
    [InlineData("8 8 8 9 9 9", "met (few rounds)")]
    [InlineData("11 11 11", "missed (few rounds)")]
    [InlineData("8 8 9 9 11 11 11", "met (not settled)")]
    [InlineData("8 8 9 11 12 12 12", "missed (not settled)")]
    [InlineData("8 9 9 9 9 9 11", "met")]
    [InlineData("11 12 12 12 12 12 12", "missed")]
    public void VerdictText_Rounds_SaysWhetherTheyAreEnough(string processorTime, string expected) =>
        Assert.Equal(expected, Verdict(Rounds(processorTime, s => s)));

    [Fact]
    public void VerdictText_ErrorsOrSaturation_AreSaid()
    {
        const string Good = "8 8 8 8 8 8 8";

        Assert.Equal("met (errors)", Verdict(Rounds(Good, s => s with { Errors = ImmutableSortedDictionary<string, long>.Empty.Add("Reset", s.Round) })));
        Assert.Equal("met (saturated)", Verdict(Rounds(Good, s => s with { Saturated = s.Round == 3 })));
    }

    /// <summary>Eight rounds of ten without an answer: the other two must not be the verdict.</summary>
    [Fact]
    public void Check_RoundsWithoutOperations_CountAsTheWorst() =>
        Assert.Equal("missed", Verdict(Rounds("8 8 8 8 8 8 8 8 8 8", s => s.Round > 2 ? s with { Operations = 0 } : s)));

    [Fact]
    public void VerdictText_AloneAndMissed_IsSoAfterOneRound() =>
        Assert.Equal("missed", new Target("rr-64", "errors", "haproxy", Peer: null, 0).Check(s_scenarios).VerdictText);

    private static string Verdict(CompareResult result) =>
        new Target("rr-64", "CPU per request", "l4proxy-linux", "haproxy", 1).Check(ScenarioAnalysis.AllOf(result)).VerdictText;

    /// <summary>Microseconds of CPU for a request in each round, beside 10 of the peer.</summary>
    private static CompareResult Rounds(string processorTime, Func<Sample, Sample> change)
    {
        Sample[] ours = [.. processorTime.Split(' ').Select((time, i) => Of("l4proxy-linux", i + 1, double.Parse(time, CultureInfo.InvariantCulture)))];
        return SmallResult.Create() with { Samples = [.. ours.Select(change), .. ours.Select(s => Of("haproxy", s.Round, 10))] };
    }

    private static Sample Of(string subject, int round, double processorTime) => new()
    {
        Scenario = "rr-64",
        Subject = subject,
        Round = round,
        Seconds = 1,
        Operations = 1_000,
        UserMicroseconds = processorTime * 1_000,
    };
}
