using System.Text;
using L4Proxy.Loadbench.Commands;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Results.Storage;
using L4Proxy.Testing;
using Spectre.Console;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Results;

public sealed class ResultFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ReadAsync_WrittenResult_IsTheSame()
    {
        CompareResult result = SmallResult.Create();
        string file = Write(ResultFile.Serialize(result));

        CompareResult read = await ResultFile.ReadAsync(file, TestContext.Current.CancellationToken);

        Assert.Equal(ResultFile.Serialize(result), ResultFile.Serialize(read));
        Assert.Equal(result.Scenarios, read.Scenarios);
        Assert.Equal(result.Samples.Select(s => s.Service), read.Samples.Select(s => s.Service));
        Assert.Equal(result.Environment.Started, read.Environment.Started);
    }

    /// <summary>A program that cannot write a figure would lose a whole run.</summary>
    [Fact]
    public async Task ReadAsync_FigureThatIsNoNumber_IsKept()
    {
        CompareResult result = SmallResult.Create();
        result = result with { Samples = [result.Samples[0] with { Seconds = double.NaN }] };

        CompareResult read = await ResultFile.ReadAsync(Write(ResultFile.Serialize(result)), TestContext.Current.CancellationToken);

        Assert.Equal(double.NaN, read.Samples[0].Seconds);
    }

    [Theory]
    [InlineData("", "is no result of compare")]
    [InlineData("no json", "is no result of compare")]
    [InlineData("null", "has no field 'format'")]
    [InlineData("{}", "has no field 'format'")]
    [InlineData("""{"format":"l4proxy-loadbench/99"}""", "is of format 'l4proxy-loadbench/99', 'l4proxy-loadbench/1' is read")]
    [InlineData("""{"format":"l4proxy-loadbench/1"}""", "is no result of compare")]
    [InlineData("""{"format":"l4proxy-loadbench/1","environment":null,"scenarios":[],"samples":null}""", "is no result of compare")]
    public async Task CompareResults_BadFile_SaysSoInOneLine(string content, string expected)
    {
        string file = Write(Encoding.UTF8.GetBytes(content));

        (int code, string error) = await CompareAsync(file, file);

        Assert.Equal(2, code);
        Assert.StartsWith($"{file}: ", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task CompareResults_MissingFile_SaysSoInOneLine()
    {
        (int code, string error) = await CompareAsync(_folder["none.json"], _folder["none.json"]);

        Assert.Equal(2, code);
        Assert.Contains("none.json: cannot be read", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CompareResults_OtherScenarios_SaysSoInOneLine()
    {
        CompareResult result = SmallResult.Create();
        string before = Write(ResultFile.Serialize(result with { Samples = [.. result.Samples.Where(s => s.Scenario == "rr-64")] }), "before.json");
        string after = Write(ResultFile.Serialize(result with { Samples = [.. result.Samples.Where(s => s.Scenario == "reload")] }), "after.json");

        (int code, string error) = await CompareAsync(before, after);

        Assert.Equal(2, code);
        Assert.Contains("have nothing in common: scenarios rr-64 there, reload here", error, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Error)> CompareAsync(string before, string after)
    {
        StringWriter error = new() { NewLine = "\n" };
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(TextWriter.Null) });
        int code = await CompareResultsCommand.RunAsync(before, after, console, error, TestContext.Current.CancellationToken);
        return (code, error.ToString());
    }

    private string Write(byte[] content, string name = "result.json")
    {
        string file = _folder[name];
        File.WriteAllBytes(file, content);
        return file;
    }
}
