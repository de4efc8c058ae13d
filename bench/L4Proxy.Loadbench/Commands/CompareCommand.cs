using System.CommandLine;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Scenarios;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Commands;

/// <summary><c>compare</c>: proxies side by side under the same loads, on this machine.</summary>
internal static class CompareCommand
{
    private const int CannotRun = 1;
    private const int BadInput = 2;

    /// <summary>As shells count a program that SIGINT ended.</summary>
    private const int Interrupted = 130;

    /// <summary>Enough rounds for a median that one disturbance does not move, and long enough that 10 ms of CPU are below 1 %.</summary>
    private const int UsualRounds = 7;
    private const double UsualSeconds = 3;

    /// <summary>All scenarios within five minutes.</summary>
    private const int QuickRounds = 2;
    private const double QuickSeconds = 0.5;

    public static Command Create()
    {
        Option<bool> quick = new("--quick") { Description = $"All of it in less than five minutes: {QuickRounds} rounds of {QuickSeconds} s, and one of what takes long." };
        Option<string[]> scenarios = new("--scenario") { HelpName = "NAME", Description = $"Only this one, or those that begin with it: {string.Join(", ", ScenarioCatalog.Names)}." };
        Option<string[]> proxies = new("--proxy") { HelpName = "NAME", Description = $"Only this one: {string.Join(", ", SubjectCatalog.Names)}." };
        Option<int?> rounds = new("--rounds") { HelpName = "N", Description = $"Rounds of each scenario; {UsualRounds} unless said." };
        Option<double?> duration = new("--duration") { HelpName = "SECONDS", Description = $"Time that counts in each measurement; {UsualSeconds} unless said." };
        Option<string?> program = new("--l4proxy") { HelpName = "PROGRAM", Description = "This build of l4proxy; unless said, the checkout is built." };
        Option<string> folder = new("--out") { HelpName = "DIR", Description = "Where the results go.", DefaultValueFactory = _ => "artifacts/compare" };
        Command command = new("compare", "Compares HAProxy, nginx and l4proxy under the same loads on this machine, and writes what it found.")
        {
            quick, scenarios, proxies, rounds, duration, program, folder,
        };
        command.SetAction((parsed, cancellation) =>
        {
            bool isQuick = parsed.GetValue(quick);
            CompareOptions options = new()
            {
                Quick = isQuick,
                Scenarios = [.. parsed.GetValue(scenarios) ?? []],
                Proxies = [.. parsed.GetValue(proxies) ?? []],
                L4Proxy = parsed.GetValue(program),
                Rounds = parsed.GetValue(rounds) ?? (isQuick ? QuickRounds : UsualRounds),
                Duration = TimeSpan.FromSeconds(parsed.GetValue(duration) ?? (isQuick ? QuickSeconds : UsualSeconds)),
                Arguments = [.. parsed.Tokens.Select(t => t.Value)],
            };
            return RunAsync(options, parsed.GetRequiredValue(folder), cancellation);
        });
        return command;
    }

    /// <summary>What is wrong with the options, in one line; null when nothing is.</summary>
    public static string? ErrorIn(CompareOptions options)
    {
        string? scenario = options.Scenarios.FirstOrDefault(s => !ScenarioCatalog.Names.Any(n => ScenarioCatalog.Matches(s, n)));
        string? proxy = options.Proxies.FirstOrDefault(p => !SubjectCatalog.Names.Contains(p, StringComparer.Ordinal));
        return (scenario, proxy, options) switch
        {
            (not null, _, _) => $"--scenario: there is no '{scenario}'; allowed is {string.Join(", ", ScenarioCatalog.Names)}, or what several of them begin with up to a hyphen",
            (_, not null, _) => $"--proxy: there is no '{proxy}'; allowed is {string.Join(", ", SubjectCatalog.Names)}",
            (_, _, { Rounds: < 1 or > 1000 }) => $"--rounds: '{options.Rounds}' is not allowed; allowed is an integer from 1 to 1000",
            (_, _, { Duration.TotalSeconds: < 0.1 or > 3600 }) => $"--duration: '{options.Duration.TotalSeconds}' is not allowed; allowed are seconds from 0.1 to 3600",
            (_, _, { L4Proxy: { } program }) when !File.Exists(program) => $"--l4proxy: there is no file '{program}'",
            _ => null,
        };
    }

    private static async Task<int> RunAsync(CompareOptions options, string folder, CancellationToken cancellation)
    {
        if (ErrorIn(options) is { } error)
        {
            await Console.Error.WriteLineAsync(error);
            return BadInput;
        }

        try
        {
            await using Comparison comparison = new(options, Console.Error.WriteLine);
            CompareResult result = await comparison.RunAsync(cancellation);
            ConsoleReport.Print(result);
            await ResultWriter.WriteAsync(result, folder, cancellation);
            await Console.Error.WriteLineAsync($"written to {Path.GetFullPath(folder)}");
            return 0;
        }
        catch (Exception e) when (e is LoadException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return CannotRun;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("interrupted");
            return Interrupted;
        }
    }
}
