using L4Proxy.Loadbench.Commands;
using L4Proxy.Loadbench.Results;
using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Commands;

public sealed class CompareCommandTests
{
    private static readonly CompareOptions s_good = new() { Rounds = 1, Duration = TimeSpan.FromSeconds(1) };

    [Fact]
    public void ErrorIn_NamesAndPrefixes_AreNone() =>
        Assert.Null(CompareCommand.ErrorIn(s_good with { Scenarios = ["rr", "failover", "crr"], Proxies = ["direct", "haproxy"] }));

    [Fact]
    public void ErrorIn_UnknownNames_SaysWhatIsAllowedInOneLine()
    {
        string? scenario = CompareCommand.ErrorIn(s_good with { Scenarios = ["rr", "nothing"] });
        string? proxy = CompareCommand.ErrorIn(s_good with { Proxies = ["envoy"] });

        Assert.StartsWith("--scenario: there is no 'nothing'; allowed is rr-1, rr-64, ", scenario, StringComparison.Ordinal);
        Assert.Equal("--proxy: there is no 'envoy'; allowed is direct, haproxy, haproxy-splice, nginx, l4proxy-linux, l4proxy-portable, ideal", proxy);
    }

    [Fact]
    public void ErrorIn_NumbersOutOfRange_SaysTheRange()
    {
        Assert.Contains("an integer from 1 to 1000", CompareCommand.ErrorIn(s_good with { Rounds = 0 }), StringComparison.Ordinal);
        Assert.Contains("no file", CompareCommand.ErrorIn(s_good with { L4Proxy = "/no/such/file" }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN, "'NaN'")]
    [InlineData(1e30, "'1E+30'")]
    [InlineData(double.PositiveInfinity, "'Infinity'")]
    [InlineData(0.0, "'0'")]
    [InlineData(-1.0, "'-1'")]
    public void DurationError_NoDurationToMeasureFor_SaysTheRange(double seconds, string quoted) =>
        Assert.Equal($"--duration: {quoted} is not allowed; allowed are seconds from 0.1 to 3600", CompareCommand.DurationError(seconds));

    [Fact]
    public void DurationError_InRange_IsNull() => Assert.All([0.1, 3, 3600], seconds => Assert.Null(CompareCommand.DurationError(seconds)));

    [Fact]
    public async Task RunAsync_OwnProxyAndNone_MeasuresBothAndLosesNoConnectionInAReload()
    {
        Requires.Linux();
        CompareOptions options = new()
        {
            Scenarios = ["rr-1", "reload"],
            Proxies = ["direct", "l4proxy-linux"],
            L4Proxy = Path.Combine(AppContext.BaseDirectory, "l4proxy"),
            Rounds = 1,
            Duration = TimeSpan.FromSeconds(0.3),
        };
        List<string> said = [];
        CompareResult result;
        await using (Comparison comparison = new(options, said.Add))
        {
            result = await comparison.RunAsync(_ => Task.CompletedTask, CancellationToken.None);
        }

        Assert.Equal(
            ["rr-1 direct", "rr-1 l4proxy-linux", "reload l4proxy-linux"], result.Samples.Select(s => $"{s.Scenario} {s.Subject}"));
        Assert.All(result.Samples, s => Assert.True(s.Operations > 0 && s.Errors.IsEmpty, string.Join('\n', said)));
        Assert.All(
            result.Samples.Where(s => s.Subject == "l4proxy-linux"),
            s => Assert.True(s.UserMicroseconds + s.SystemMicroseconds > 0 && s.PeakResidentBytes > 0));
        Assert.All(result.Samples, s => Assert.True(s.GeneratorMicroseconds > 0 && s.BackendMicroseconds > 0));
        Assert.Contains("127.0.0.1:", result.Environment.Configurations["l4proxy-linux"]["l4proxy.yaml"], StringComparison.Ordinal);
        Assert.Contains(result.Environment.Remarks, r => r.Contains("named by --l4proxy", StringComparison.Ordinal));
        Assert.Contains(said, line => line.StartsWith("l4proxy-linux: 0.1.0", StringComparison.Ordinal));
    }
}
