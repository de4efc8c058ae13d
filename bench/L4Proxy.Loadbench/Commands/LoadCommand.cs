using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Load.Steps;

namespace L4Proxy.Loadbench.Commands;

/// <summary><c>load</c>: the steps of a file, or one step given by options, against addresses that the user names.</summary>
internal sealed class LoadCommand
{
    /// <summary>A threshold was missed, or nothing was completed.</summary>
    private const int Missed = 1;

    /// <summary>The input is wrong, or the load could not be put on.</summary>
    private const int CouldNotRun = 2;

    /// <summary>As shells count a program that SIGINT ended.</summary>
    private const int Interrupted = 130;

    private static readonly NumberRange s_connectionRange = new(1, LoadLimits.MostConnections);

    private readonly Argument<string?> _file = new("FILE")
    {
        Description = "Steps and thresholds, as docs/load-testing.md describes them; without it, one step of the options.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string[]> _targets = new("--target")
    {
        Description = "HOST:PORT, in place of the file's targets; may be given again.",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _out = new("--out") { Description = $"Folder for the result, {LoadReport.FileName}." };
    private readonly Option<int> _connections = new("--connections") { Description = "Connections at a time.", DefaultValueFactory = _ => 1 };
    private readonly Option<double?> _rate = new("--rate") { Description = "Requests per second; without it as many as will go." };
    private readonly Option<string> _duration = new("--duration") { Description = "How long, such as 10s.", DefaultValueFactory = _ => "10s" };
    private readonly Option<string> _path = new("--path") { Description = "Path of HTTP requests.", DefaultValueFactory = _ => "/" };

    private LoadCommand(Command command)
    {
        command.Arguments.Add(_file);
        foreach (Option option in (Option[])[_targets, _out, _connections, _rate, _duration, _path])
        {
            command.Options.Add(option);
        }

        command.SetAction(RunAsync);
    }

    public static Command Create()
    {
        Command command = new("load", "Puts load on a TCP service, step by step; exit code 1 when a threshold is missed, 2 when it cannot run, 130 after Ctrl-C.");
        _ = new LoadCommand(command);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        try
        {
            LoadFile file = parsed.GetValue(_file) is { } path ? LoadFileReader.Read(path) : OfOptions(parsed);
            string[] named = parsed.GetRequiredValue(_targets) is { Length: > 0 } given ? given : [.. file.Targets];
            if (named.Length == 0)
            {
                throw new LoadException("there is no target: give --target HOST:PORT, or targets in the file");
            }

            ResolvedTarget[] targets = await Task.WhenAll(named.Select(name => ResolvedTarget.ResolveAsync(name, cancellation)));
            DateTimeOffset started = DateTimeOffset.UtcNow;
            List<StepOutcome> outcomes = await RunAsync(file, targets, cancellation);
            if (parsed.GetValue(_out) is { } folder)
            {
                new LoadReport
                {
                    Name = file.Name,
                    Started = started,
                    CommandLine = Environment.CommandLine,
                    Targets = [.. targets.Select(t => $"{t.Name} ({t.Address})")],
                    Interrupted = cancellation.IsCancellationRequested,
                    Steps = [.. outcomes.Select(LoadReport.Step.Of)],
                }.Write(folder);
            }

            cancellation.ThrowIfCancellationRequested();
            return outcomes.Exists(o => o.HasFailed) ? Missed : 0;
        }
        catch (LoadException e)
        {
            await Console.Error.WriteLineAsync($"load: {e.Message}");
            return CouldNotRun;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("interrupted");
            return Interrupted;
        }
    }

    /// <summary>Runs step by step. What is done when it is told to stop counts.</summary>
    private static async Task<List<StepOutcome>> RunAsync(LoadFile file, ResolvedTarget[] targets, CancellationToken stop)
    {
        LoadGenerator generator = new();
        StepTable table = new(Console.Out);
        table.WriteHeader();
        List<StepOutcome> outcomes = [];
        foreach (LoadStep step in file.Steps)
        {
            LoadPlan plan = step.Plan with
            {
                Targets = [.. targets.Select(t => t.Address)],
                Exchange = step.ExchangeWith(targets[0].Name),
                Stop = stop,
            };
            LoadResult result = await generator.RunAsync(plan, CancellationToken.None);
            StepOutcome outcome = new(step, result, stop.IsCancellationRequested);
            table.Write(outcome);
            outcomes.Add(outcome);
            if (stop.IsCancellationRequested)
            {
                break;
            }
        }

        return outcomes;
    }

    /// <summary>One step of what the options say.</summary>
    private LoadFile OfOptions(ParseResult parsed)
    {
        double? rate = parsed.GetValue(_rate);
        int connections = parsed.GetValue(_connections);
        string path = parsed.GetRequiredValue(_path);
        string time = parsed.GetRequiredValue(_duration);
        if (!LoadLimits.TryParseTime(time, LoadLimits.LeastDuration, out TimeSpan duration))
        {
            throw new LoadException($"--duration: '{time}' is not allowed; allowed is {LoadLimits.TimeRule(LoadLimits.LeastDuration)}");
        }

        if (rate is { } asked && !LoadLimits.IsRate(asked))
        {
            throw new LoadException(string.Create(
                CultureInfo.InvariantCulture, $"--rate: '{asked}' is not allowed; allowed is {LoadLimits.RateRule}"));
        }

        if (s_connectionRange.ErrorIn("--connections", connections) is { } error)
        {
            throw new LoadException(error);
        }

        if (!LoadLimits.IsPath(path))
        {
            throw new LoadException($"--path: {LoadLimits.PathRule}");
        }

        LoadPlan plan = new()
        {
            Kind = LoadKind.Exchange,
            Targets = [],
            Connections = connections,
            Rate = rate,
            Duration = duration,
            Exchange = new ExchangePlan(default, 0, AnswerEnd.Http),
        };
        return new LoadFile { Name = "options", Targets = [], Steps = [new LoadStep(path, plan, path, 0, ImmutableArray<LoadThreshold>.Empty)] };
    }
}
