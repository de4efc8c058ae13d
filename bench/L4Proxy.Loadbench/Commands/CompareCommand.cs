using System.CommandLine;
using System.Globalization;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Results.Analysis;
using L4Proxy.Loadbench.Scenarios;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Commands;

/// <summary><c>compare</c>: proxies side by side under the same loads, on this machine.</summary>
internal static class CompareCommand
{
    /// <summary>It cannot run, what it found cannot be written, or something that was to be measured has no figure at all.</summary>
    private const int Failed = 1;
    private const int BadInput = 2;

    /// <summary>As shells count a program that SIGINT ended.</summary>
    private const int Interrupted = 130;

    /// <summary>As many as verdicts on targets need.</summary>
    private const int UsualRounds = Target.FewestRounds;

    /// <summary>
    /// The whole of CPU time is read in nanoseconds; into user and system it is divided by ticks of 10 ms, of which a proxy that is busy for 5 % of
    /// the time has 15 in this, and one that is busy all the time, 300.
    /// </summary>
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
        command.SetAction(async (parsed, cancellation) =>
        {
            bool isQuick = parsed.GetValue(quick);
            double seconds = parsed.GetValue(duration) ?? (isQuick ? QuickSeconds : UsualSeconds);
            if (DurationError(seconds) is { } error)
            {
                await Console.Error.WriteLineAsync(error);
                return BadInput;
            }

            CompareOptions options = new()
            {
                Quick = isQuick,
                Scenarios = [.. parsed.GetValue(scenarios) ?? []],
                Proxies = [.. parsed.GetValue(proxies) ?? []],
                L4Proxy = parsed.GetValue(program),
                Rounds = parsed.GetValue(rounds) ?? (isQuick ? QuickRounds : UsualRounds),
                Duration = TimeSpan.FromSeconds(seconds),
                Arguments = [.. parsed.Tokens.Select(t => t.Value)],
            };
            return await RunAsync(options, parsed.GetRequiredValue(folder), cancellation);
        });
        return command;
    }

    /// <summary>What is wrong with a number of seconds, which may be none at all or too many for any clock; null when nothing is.</summary>
    public static string? DurationError(double seconds) => seconds is >= 0.1 and <= 3600
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"--duration: '{seconds}' is not allowed; allowed are seconds from 0.1 to 3600");

    /// <summary>What is wrong with the other options, in one line; null when nothing is.</summary>
    public static string? ErrorIn(CompareOptions options)
    {
        string? scenario = options.Scenarios.FirstOrDefault(s => !ScenarioCatalog.Names.Any(n => ScenarioCatalog.Matches(s, n)));
        string? proxy = options.Proxies.FirstOrDefault(p => !SubjectCatalog.Names.Contains(p, StringComparer.Ordinal));
        return (scenario, proxy, options) switch
        {
            (not null, _, _) => $"--scenario: there is no '{scenario}'; allowed is {string.Join(", ", ScenarioCatalog.Names)}, or what several of them begin with up to a hyphen",
            (_, not null, _) => $"--proxy: there is no '{proxy}'; allowed is {string.Join(", ", SubjectCatalog.Names)}",
            (_, _, { Rounds: < 1 or > 1000 }) => $"--rounds: '{options.Rounds}' is not allowed; allowed is an integer from 1 to 1000",
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
            ResultWriter.Prepare(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"--out: '{folder}' cannot be written to: {e.Message}");
            return Failed;
        }

        try
        {
            return await MeasureAsync(folder, new Comparison(options, Console.Error.WriteLine), cancellation);
        }
        catch (Exception e) when (e is LoadException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return Failed;
        }
    }

    private static async Task<int> MeasureAsync(string folder, Comparison comparison, CancellationToken cancellation)
    {
        await using (comparison)
        {
            CompareResult result = await comparison.RunAsync(measured => KeepAsync(measured, folder), cancellation);
            if (!result.Samples.IsEmpty)
            {
                // Not to be cancelled: after Ctrl-C, this is what is left of the run.
                try
                {
                    await ResultWriter.WriteAsync(result, folder, CancellationToken.None);
                }
                finally
                {
                    ConsoleReport.Print(result);
                }

                await Console.Error.WriteLineAsync($"written to {Path.GetFullPath(folder)}");
            }

            if (comparison.IsInterrupted)
            {
                await Console.Error.WriteLineAsync("interrupted");
                return Interrupted;
            }

            if (!comparison.WithoutFigures.IsEmpty)
            {
                await Console.Error.WriteLineAsync($"without any figure: {string.Join(", ", comparison.WithoutFigures)}");
                return Failed;
            }

            return 0;
        }
    }

    /// <summary>Writes what there is so far; the run goes on where it cannot, as there may be room again at its end.</summary>
    private static async Task KeepAsync(CompareResult result, string folder)
    {
        try
        {
            await ResultWriter.WriteJsonAsync(result, folder, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"not written yet: {e.Message}");
        }
    }
}
