using System.Collections.Immutable;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Scenarios;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Scenarios;

public sealed class ScenarioCatalogTests
{
    [Theory]
    [InlineData("rr-64", "rr-64", true)]
    [InlineData("rr-64", "rr-64-wrk", false)]
    [InlineData("rr", "rr-64", true)]
    [InlineData("rr", "rr-64-wrk", true)]
    [InlineData("failover", "failover-black-hole", true)]
    [InlineData("r", "rr-64", false)]
    [InlineData("rr-6", "rr-64", false)]
    public void Matches_NameOrWhatSeveralBeginWith(string asked, string name, bool matches) =>
        Assert.Equal(matches, ScenarioCatalog.Matches(asked, name));

    [Fact]
    public void Choose_Rate_RunsWhatItNeedsFirst() =>
        Assert.Equal(["rr-64", "rate"], ScenarioCatalog.Choose(["rate"], _ => { }).Select(s => s.Summary.Name));

    [Fact]
    public void Names_All_AreDifferent() => Assert.Equal(ScenarioCatalog.Names.Length, ScenarioCatalog.Names.Distinct().Count());

    [Fact]
    public void RateOf_Round_IsHalfOfItsSlowest()
    {
        Sample[] earlier = [Of("rr-64", 1, 1_000), Of("rr-64", 1, 601), Of("rr-64", 2, 100), Of("rr-1", 1, 10)];

        Assert.Equal(300, RateScenario.RateOf(earlier, 1));
        Assert.Throws<LoadException>(() => RateScenario.RateOf(earlier, 3));
    }

    [Fact]
    public void EndpointsAfter_EachChange_ReplacesExactlyOne()
    {
        ImmutableArray<IPEndPoint> backends = [.. Enumerable.Range(1, 4).Select(port => new IPEndPoint(IPAddress.Loopback, port))];

        Prop.ForAll(
            Gen.Choose(0, 100_000).ToArbitrary(),
            changes =>
            {
                ImmutableArray<IPEndPoint> one = ChurnScenario.EndpointsAfter(changes, backends);
                ImmutableArray<IPEndPoint> next = ChurnScenario.EndpointsAfter(changes + 1, backends);
                return one.Distinct().Count() == 3 && one.Zip(next).Count(pair => !pair.First.Equals(pair.Second)) == 1
                    && one.Intersect(next).Count() == 2;
            }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(16, 8)]
    public void For_Cores_IsHalfOfThem(int cores, int threads) => Assert.Equal(threads, LoadThreads.For(cores));

    [Theory]
    [InlineData(1_024, 209)]
    [InlineData(20_000, 7_800)]
    [InlineData(1_048_576, 10_000)]
    [InlineData(100, 1)]
    public void ConnectionsFor_LimitOfOpenFiles_LeavesRoomForBothSides(long files, int connections) =>
        Assert.Equal(connections, IdleScenario.ConnectionsFor(files));

    [Theory]
    [InlineData(20_000, 2, 1_000)]
    [InlineData(1_024, 2, 262)]
    [InlineData(20_000, 64, 304)]
    public void ListenersFor_LimitOfOpenFiles_LeavesRoomForASocketOnEachCore(long files, int cores, int listeners) =>
        Assert.Equal(listeners, FanScenario.ListenersFor(files, cores));

    private static Sample Of(string scenario, int round, double rate) =>
        new() { Scenario = scenario, Subject = "any", Round = round, OperationsPerSecond = rate };
}
