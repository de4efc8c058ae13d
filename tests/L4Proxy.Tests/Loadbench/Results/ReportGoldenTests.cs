using L4Proxy.Loadbench.Commands;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Results.Reports;
using L4Proxy.Testing;
using Spectre.Console;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Results;

/// <summary>Reports of a small result, which are compared with tests/cases/loadbench (written with L4PROXY_UPDATE_CASES=1).</summary>
public sealed class ReportGoldenTests
{
    [Fact]
    public void Markdown_SmallResult_IsAsBefore() => Check("result.md", MarkdownReport.Write(SmallResult.Create()));

    [Fact]
    public void Csv_SmallResult_IsAsBefore() => Check("result.csv", CsvReport.Write(SmallResult.Create()).ReplaceLineEndings("\n"));

    [Fact]
    public void Console_SmallResult_IsAsBeforeAndFits()
    {
        string text = OnConsole(console => ConsoleReport.Print(SmallResult.Create(), console));

        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= ConsoleReport.Columns, line));
        Check("console.txt", text);
    }

    [Fact]
    public async Task CompareResults_ChangedResult_IsAsBeforeAndFits()
    {
        using TemporaryFolder folder = new();
        CompareResult before = SmallResult.Create();
        // Twice the throughput is beyond the spread; what was measured in one round is not.
        CompareResult after = before with
        {
            Samples = [.. before.Samples.Where(s => s.Scenario != "reload").Select(s => s with { Operations = s.Operations * 2, BytesPerSecond = s.BytesPerSecond * 2 })],
            Environment = before.Environment with { Commit = null, Cores = 4 },
        };
        await ResultWriter.WriteAsync(before, folder["a"], TestContext.Current.CancellationToken);
        await ResultWriter.WriteAsync(after, folder["b"], TestContext.Current.CancellationToken);
        StringWriter error = new();
        int code = -1;

        string text = await OnConsoleAsync(async console => code = await CompareResultsCommand.RunAsync(
            folder["a/result.json"], folder["b/result.json"], console, error, TestContext.Current.CancellationToken));

        Assert.Equal("", error.ToString());
        Assert.Equal(0, code);
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= ConsoleReport.Columns, line));
        Check("compare-results.txt", text);
    }

    /// <summary>Names come from configuration and from other programs.</summary>
    [Fact]
    public void Reports_HostileNames_KeepTheirShape()
    {
        const string Hostile = "a|b\n[red]\"x\",<i>`*";
        CompareResult result = SmallResult.Create();
        result = result with
        {
            Scenarios = [.. result.Scenarios.Select(s => s with { Name = s.Name + Hostile, Description = Hostile })],
            Samples = [.. result.Samples.Select(s => s with { Scenario = s.Scenario + Hostile, Subject = s.Subject + Hostile })],
        };

        string markdown = MarkdownReport.Write(result);
        string csv = CsvReport.Write(result);
        string console = OnConsole(c => ConsoleReport.Print(result, c));

        Assert.Contains("## rr-64a\\|b \\[red\\]\"x\",\\<i\\>\\`\\*\n", markdown, StringComparison.Ordinal);
        Assert.StartsWith("\"rr-64a|b\n[red]\"\"x\"\",<i>`*\",\"l4proxy-linuxa|b", csv[(csv.IndexOf("\r\n", StringComparison.Ordinal) + 2)..], StringComparison.Ordinal);
        Assert.Contains("[red]", console, StringComparison.Ordinal);
    }

    private static string OnConsole(Action<IAnsiConsole> print)
    {
        StringWriter text = new();
        print(ConsoleOn(text));
        return Trimmed(text);
    }

    private static async Task<string> OnConsoleAsync(Func<IAnsiConsole, Task> print)
    {
        StringWriter text = new();
        await print(ConsoleOn(text));
        return Trimmed(text);
    }

    private static IAnsiConsole ConsoleOn(TextWriter text)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = ConsoleReport.Columns;
        console.Profile.Capabilities.Unicode = true;
        return console;
    }

    /// <summary>Tables are filled up with spaces, which files of the tree do not have at the ends of lines.</summary>
    private static string Trimmed(StringWriter text) =>
        string.Join('\n', text.ToString().ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd()));

    private static void Check(string name, string actual)
    {
        string file = Repository.PathOf("tests", "cases", "loadbench", name);
        if (Environment.GetEnvironmentVariable("L4PROXY_UPDATE_CASES") == "1")
        {
            File.WriteAllText(file, actual);
        }

        Assert.Equal(File.Exists(file) ? File.ReadAllText(file) : "(no such file)", actual);
    }
}
