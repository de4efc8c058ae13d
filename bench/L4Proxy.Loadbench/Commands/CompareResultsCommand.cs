using System.Collections.Immutable;
using System.CommandLine;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Results.Analysis;
using L4Proxy.Loadbench.Results.Storage;
using Spectre.Console;

namespace L4Proxy.Loadbench.Commands;

/// <summary><c>compare-results A B</c>: two results of <c>compare</c> side by side.</summary>
internal static class CompareResultsCommand
{
    private const int BadInput = 2;

    public static Command Create()
    {
        Argument<string> before = new("A") { Description = "The former result.json." };
        Argument<string> after = new("B") { Description = "The latter result.json." };
        Command command = new("compare-results", "Shows what changed between two results of compare, and marks what is beyond the spread of both.")
        {
            before, after,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            parsed.GetRequiredValue(before), parsed.GetRequiredValue(after), ConsoleReport.CreateConsole(), Console.Error, cancellation));
        return command;
    }

    /// <returns>0, or 2 when a file cannot be read or the two have no scenario in common.</returns>
    public static async Task<int> RunAsync(string before, string after, IAnsiConsole console, TextWriter error, CancellationToken cancellation)
    {
        try
        {
            CompareResult former = await ResultFile.ReadAsync(before, cancellation);
            CompareResult latter = await ResultFile.ReadAsync(after, cancellation);
            ResultChanges changes = new(former, latter);
            if (changes.Changes.IsEmpty)
            {
                throw new ResultFileException(
                    $"{before} and {after} have nothing in common: scenarios {Join(changes.OnlyBefore)} there, {Join(changes.OnlyAfter)} here");
            }

            CompareResultsReport.Print(former, latter, changes, console);
            return 0;
        }
        catch (ResultFileException bad)
        {
            await error.WriteLineAsync(bad.Message);
            return BadInput;
        }
    }

    private static string Join(ImmutableArray<string> scenarios) => scenarios.IsEmpty ? "with other proxies" : string.Join(", ", scenarios);
}
