using System.Collections.Immutable;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Scenarios;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Scenarios;

public sealed class LoadPartsTests
{
    [Fact]
    public void Add_TwoLoads_LeavesNothingOfTheSecondOut()
    {
        LoadResult sum = LoadParts.Add(Result(2, rate: 20, busiest: 0.5, 1, 2), Result(3, rate: 30, busiest: 0.95, 300, 400));

        Assert.Equal(5, sum.Operations);
        Assert.Equal(50, sum.AskedRate);
        Assert.Equal(4, sum.Response!.Count);
        Assert.Equal(TimeSpan.FromMilliseconds(400), sum.Response.Longest);
        Assert.Equal(4, sum.Service.Count);
        Assert.Equal(4, sum.FirstByte.Count);
        Assert.Equal(2, sum.Errors[LoadError.Reset]);
        Assert.True(sum.IsGeneratorBound);
    }

    [Fact]
    public void Add_SecondDoesNotReachItsRate_IsSaturated()
    {
        LoadResult sum = LoadParts.Add(Result(100, rate: 100, busiest: 0, 1), Result(50, rate: 100, busiest: 0, 1));

        Assert.True(sum.IsSaturated);
    }

    [Fact]
    public void Add_ClosedModel_HasNoRate() =>
        Assert.Null(LoadParts.Add(Result(1, rate: null, busiest: 0, 1), Result(1, rate: null, busiest: 0, 1)).AskedRate);

    private static LoadResult Result(int operations, double? rate, double busiest, params int[] milliseconds) => new()
    {
        Operations = operations,
        BytesSent = 1,
        BytesReceived = 1,
        Elapsed = TimeSpan.FromSeconds(1),
        Service = Histogram(milliseconds),
        Response = rate is null ? null : Histogram(milliseconds),
        FirstByte = Histogram(milliseconds),
        Errors = ImmutableDictionary<LoadError, long>.Empty.Add(LoadError.Reset, 1),
        ProcessorTime = TimeSpan.FromSeconds(busiest),
        BusiestThread = busiest,
        AskedRate = rate,
    };

    private static LatencyHistogram Histogram(int[] milliseconds)
    {
        LatencyHistogram latency = new();
        Array.ForEach(milliseconds, ms => latency.Record(TimeSpan.FromMilliseconds(ms)));
        return latency;
    }
}
