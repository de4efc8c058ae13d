using System.Collections.Immutable;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Load.Steps;
using Xunit;

namespace L4Proxy.Tests.Loadbench;

public sealed class LoadThresholdTests
{
    /// <summary>99 operations of 1 to 99 ms and one error in one second, 100 asked for.</summary>
    private static readonly LoadResult s_result = Result(99, errors: 1, asked: 100);

    [Theory]
    [InlineData("p50 < 51ms", true)]
    [InlineData("p50<49ms", false)]
    [InlineData("p99 <= 0.1s", true)]
    [InlineData("p99.9 < 98000us", false)]
    [InlineData("max >= 99ms", true)]
    [InlineData("mean > 49.5ms", true)]
    [InlineData("errors == 0", false)]
    [InlineData("errors <= 1", true)]
    [InlineData("errors <= 1%", true)]
    [InlineData("errors < 1%", false)]
    [InlineData("rate >= 99", true)]
    [InlineData("rate >= 98%", true)]
    [InlineData("rate > 99.5%", false)]
    public void Holds_ByTheFiguresOfTheStep(string text, bool holds) => Assert.Equal(holds, LoadThreshold.Parse(text)!.Holds(s_result));

    [Theory]
    [InlineData("p98 < 1ms")]
    [InlineData("p99 < 1")]
    [InlineData("p99 = 1ms")]
    [InlineData("errors == no")]
    [InlineData("rate >= -1")]
    [InlineData("")]
    public void Parse_SomethingElse_IsNone(string text) => Assert.Null(LoadThreshold.Parse(text));

    [Fact]
    public void Holds_RateOfHeldConnections_Never() =>
        Assert.False(LoadThreshold.Parse("rate > 0")!.Holds(s_result with { Kind = LoadKind.Hold }));

    [Theory]
    [InlineData("p99 < 1s", 5)]
    [InlineData("rate >= 98%", 5)]
    [InlineData("rate < 1", 0)]
    [InlineData("errors == 0", 0)]
    [InlineData("errors == 100%", 5)]
    public void Holds_NothingWasCompleted_Never(string text, int errors) =>
        Assert.False(LoadThreshold.Parse(text)!.Holds(Result(0, errors, asked: null)));

    private static LoadResult Result(int operations, long errors, double? asked)
    {
        LatencyHistogram latency = new();
        for (int i = 1; i <= operations; i++)
        {
            latency.Record(TimeSpan.FromMilliseconds(i));
        }

        return new LoadResult
        {
            Operations = operations,
            BytesSent = 0,
            BytesReceived = 0,
            Elapsed = TimeSpan.FromSeconds(1),
            Service = latency,
            FirstByte = new LatencyHistogram(),
            Errors = ImmutableDictionary<LoadError, long>.Empty.Add(LoadError.Reset, errors),
            ProcessorTime = TimeSpan.Zero,
            AskedRate = asked,
        };
    }
}
