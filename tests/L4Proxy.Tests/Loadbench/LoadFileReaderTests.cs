using System.Text;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Load.Steps;
using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.Tests.Loadbench;

public sealed class LoadFileReaderTests
{
    public static TheoryData<string> Samples =>
        [.. Directory.EnumerateFiles(Repository.PathOf("bench", "samples"), "*.yaml").Select(f => Path.GetFileName(f)!)];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Read_Samples_AreAllowed(string sample)
    {
        LoadFile file = LoadFileReader.Read(Repository.PathOf("bench", "samples", sample));
        Assert.NotEmpty(file.Targets);
        Assert.NotEmpty(file.Steps);
    }

    [Fact]
    public void Parse_EveryKey_IsInThePlan()
    {
        LoadFile file = LoadFileReader.Parse("f.yaml", """
            name: all
            targets: [a:1, b:2]
            thresholds: errors == 0
            steps:
            - {name: one, kind: connect, connections: 5, threads: 2, rate: 10..200.5, warmUp: 1s, duration: 2m, timeout: 3s, path: /x, upload: 7, thresholds: [p99 < 1s]}
            - {text: "PING\r\n", answer: 12, upload: 3}
            - {kind: hold}
            """);

        Assert.Equal("all", file.Name);
        Assert.Equal(["a:1", "b:2"], file.Targets);
        LoadPlan plan = file.Steps[0].Plan;
        Assert.Equal((LoadKind.ConnectExchange, 5, 2), (plan.Kind, plan.Connections, plan.Threads));
        Assert.Equal((10.0, 200.5), (plan.Rate, plan.RampTo));
        Assert.Equal((1, 120, 3), (plan.WarmUp.TotalSeconds, plan.Duration.TotalSeconds, plan.Timeout.TotalSeconds));
        Assert.Equal(["errors == 0", "p99 < 1s"], file.Steps[0].Thresholds.Select(t => t.Text));
        string request = Encoding.ASCII.GetString(file.Steps[0].ExchangeWith("a:1").Request.Span);
        Assert.StartsWith("POST /x HTTP/1.1\r\nHost: a:1\r\n", request, StringComparison.Ordinal);
        Assert.EndsWith("Content-Length: 7\r\nConnection: close\r\n\r\n", request, StringComparison.Ordinal);

        ExchangePlan ping = file.Steps[1].ExchangeWith("a:1");
        Assert.Equal("PING\r\n"u8, ping.Request.Span);
        Assert.Equal((AnswerEnd.Bytes, 12, 3), (ping.End, ping.AnswerBytes, ping.Filler));
        Assert.Equal("step 2", file.Steps[1].Name);
        Assert.Equal(LoadKind.Hold, file.Steps[2].Plan.Kind);
    }

    [Fact]
    public void Parse_Upload_IsTheFillerOfTheRequest()
    {
        LoadFile file = LoadFileReader.Parse("f.yaml", "steps: [{upload: 1000}]");
        Assert.Equal(1000, file.Steps[0].ExchangeWith("h").Filler);
    }

    [Theory]
    [InlineData("steps: []", "f.yaml:1: steps: a list of one step or more is expected here")]
    [InlineData("step: 1", "f.yaml:1: step: is not a key here; allowed are name, targets, steps, thresholds")]
    [InlineData("- 1", "f.yaml:1: a mapping of keys to values is expected here")]
    [InlineData("steps:\n- rate: fast", "f.yaml:2: rate: 'fast' is not allowed; allowed is a number per second above 0, 10000000 at most, or two for a ramp, such as 100..5000")]
    [InlineData("steps:\n- rate: 1..2..3", "f.yaml:2: rate: '1..2..3' is not allowed")]
    [InlineData("steps:\n- rate: 0", "f.yaml:2: rate: '0' is not allowed")]
    [InlineData("steps:\n- connections: 0", "f.yaml:2: connections: '0' is not allowed; allowed is 1 to 1000000")]
    [InlineData("steps:\n- duration: 10", "f.yaml:2: duration: '10' is not allowed; allowed is a duration of 1ms to 1d, such as 10s or 1m30s")]
    [InlineData("steps:\n- kind: udp", "f.yaml:2: kind: 'udp' is not allowed; allowed is exchange, connect, hold")]
    [InlineData("steps:\n- path: /\n  text: x", "f.yaml:3: text: a request is given by one of path, text and file")]
    [InlineData("steps:\n- path: x", "f.yaml:2: path: a path begins with /")]
    [InlineData("steps:\n- answer: line", "f.yaml:2: answer: to a request by its path is http")]
    [InlineData("steps:\n- text: x\n  answer: -1", "f.yaml:3: answer: '-1' is not allowed; allowed is http, line, close or a number of bytes")]
    [InlineData("steps:\n- text: x\n  answer: close", "f.yaml:3: answer: that ends with its connection needs kind: connect")]
    [InlineData("steps:\n- kind: hold\n  rate: 5", "f.yaml:3: rate: has no meaning with kind: hold")]
    [InlineData("steps:\n- file: gone.bin", "f.yaml:2: file: cannot be read")]
    [InlineData("steps:\n- thresholds: [p98 < 1ms]", "f.yaml:2: thresholds: 'p98 < 1ms' is not allowed; allowed is FIGURE OPERATOR VALUE")]
    [InlineData("steps:\n- name: [a]", "f.yaml:2: name: one value is expected here")]
    [InlineData("steps:\n- {rate: 1, rate: 2}", "f.yaml:2: not valid YAML: ")]
    [InlineData("steps: [", "f.yaml:")]
    [InlineData("", "f.yaml: one YAML document is expected, not 0")]
    public void Parse_Mistake_IsOneLineThatSaysWhereAndWhatIsAllowed(string text, string expected)
    {
        LoadException e = Assert.Throws<LoadException>(() => LoadFileReader.Parse("f.yaml", text));
        Assert.StartsWith(expected, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Read_NoFile_SaysSo()
    {
        LoadException e = Assert.Throws<LoadException>(() => LoadFileReader.Read("/nowhere/f.yaml"));
        Assert.StartsWith("/nowhere/f.yaml: cannot be read: ", e.Message, StringComparison.Ordinal);
    }
}
