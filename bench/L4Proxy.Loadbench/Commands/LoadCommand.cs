using System.Collections.Immutable;
using System.CommandLine;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Load.Steps;

namespace L4Proxy.Loadbench.Commands;

/// <summary><c>load</c>: the steps of a file, or one step given by options, against addresses that the user names.</summary>
internal sealed class LoadCommand
{
    /// <summary>A threshold was missed.</summary>
    private const int Missed = 1;

    /// <summary>The input is wrong, or the load could not be put on.</summary>
    private const int CouldNotRun = 2;

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
        Command command = new("load", "Puts load on a TCP service, step by step; exit code 1 when a threshold is missed, 2 when it cannot run.");
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
                    Steps = [.. outcomes.Select(LoadReport.Step.Of)],
                }.Write(folder);
            }

            return outcomes.Exists(o => !o.Missed.IsEmpty) ? Missed : 0;
        }
        catch (LoadException e)
        {
            await Console.Error.WriteLineAsync($"load: {e.Message}");
            return CouldNotRun;
        }
        catch (OperationCanceledException)
        {
            return CouldNotRun;
        }
    }

    private static async Task<List<StepOutcome>> RunAsync(LoadFile file, ResolvedTarget[] targets, CancellationToken cancellation)
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
            };
            StepOutcome outcome = new(step, await generator.RunAsync(plan, cancellation));
            table.Write(outcome);
            outcomes.Add(outcome);
        }

        return outcomes;
    }

    /// <summary>One step of what the options say.</summary>
    private LoadFile OfOptions(ParseResult parsed)
    {
        double? rate = parsed.GetValue(_rate);
        int connections = parsed.GetValue(_connections);
        string path = parsed.GetRequiredValue(_path);
        if (!Duration.TryParse(parsed.GetRequiredValue(_duration), out TimeSpan duration) || duration <= TimeSpan.Zero)
        {
            throw new LoadException("--duration is a duration such as 10s or 1m30s");
        }

        if (rate <= 0 || connections < 1 || !path.StartsWith('/') || path.Contains(' ', StringComparison.Ordinal))
        {
            throw new LoadException("--rate is above 0, --connections is 1 or more, --path begins with / and has no blanks");
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
