using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Scenarios;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Scenarios;

public sealed class ForeignToolsTests
{
    private static readonly Sample s_empty = new() { Scenario = "any", Subject = "any", Round = 1 };

    [Fact]
    public void Parse_OutputOfWrk_GivesRateLatencyAndErrors()
    {
        Sample sample = WrkScenario.Parse(
            """
            Running 1s test @ http://127.0.0.1:10008/64
              1 threads and 64 connections
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency     1.85ms    1.95ms  21.53ms   92.50%
                Req/Sec    34.72k     2.33k   37.62k    63.64%
              Latency Distribution
                 50%  980.00us
                 75%    1.98ms
                 90%    3.40ms
                 99%    1.10s 
              37980 requests in 1.10s, 4.93MB read
              Socket errors: connect 1, read 2, write 0, timeout 4
              Non-2xx or 3xx responses: 12
            Requests/sec:  34519.12
            Transfer/sec:      4.48MB

            """,
            s_empty);

        Assert.Equal(37_980, sample.Operations);
        Assert.Equal(37_980 / 1.10, sample.OperationsPerSecond, 6);
        Assert.Equal(980, sample.Extra["wrk p50 (us)"]);
        Assert.Equal(3_400, sample.Extra["wrk p90 (us)"]);
        Assert.Equal(1_100_000, sample.Extra["wrk p99 (us)"]);
        Assert.Equal([new("Status", 12), new("Wrk", 7)], sample.Errors.ToArray());
    }

    [Fact]
    public void Parse_NotOutputOfWrk_QuotesItInOneLine() =>
        Assert.Equal(
            "wrk does not say how many requests there were: unable to connect | Connection refused",
            Assert.Throws<LoadException>(() => WrkScenario.Parse("unable to connect\nConnection refused\n", s_empty)).Message);

    [Theory]
    [InlineData("""{"start": {}, "error": "error - unable to connect to server: Connection refused"}""", "error - unable to connect to server: Connection refused")]
    [InlineData("iperf3: parameter error\nUsage: iperf3\n", "iperf3: parameter error | Usage: iperf3")]
    public void WordsOf_FailureOfIperf_AreItsOwnInOneLine(string output, string words) => Assert.Equal(words, IperfScenario.WordsOf(output));

    [Fact]
    public void Parse_OutputOfIperf_GivesBytesPerSecond()
    {
        Sample sample = IperfScenario.Parse(
            """{"start": {}, "end": {"sum_sent": {"bytes": 1}, "sum_received": {"start": 0, "seconds": 2.0, "bytes": 3000000000}}}""", s_empty);

        Assert.Equal(1.5e9, sample.BytesPerSecond);
        Assert.Equal(2, sample.Seconds);
    }

    [Theory]
    [InlineData("""{"error": "unable to connect"}""", "iperf3: unable to connect")]
    [InlineData("""{"end": {}}""", "iperf3 does not say how much it received")]
    [InlineData("no JSON", "iperf3 does not say how much it received")]
    public void Parse_NotOutputOfIperf_SaysSo(string output, string error) =>
        Assert.StartsWith(error, Assert.Throws<LoadException>(() => IperfScenario.Parse(output, s_empty)).Message, StringComparison.Ordinal);
}
