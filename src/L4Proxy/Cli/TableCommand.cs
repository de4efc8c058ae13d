using System.Collections.Immutable;
using System.CommandLine;
using L4Proxy.Cli.Sources;
using L4Proxy.Cli.Table;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Kubernetes;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.Hosting;
using L4Proxy.Options;

namespace L4Proxy.Cli;

/// <summary><c>l4proxy table</c>: what <c>run</c> would serve, without serving it.</summary>
internal static class TableCommand
{
    private static readonly ChoiceFormat<bool> s_outputs = new(("table", false), ("json", true));

    public static Command Build()
    {
        Command command = new("table", "Show what run would serve, without serving it; problems go to standard error.");
        ConfigurationFlags flags = ConfigurationFlags.AddTo(command, SourceFlags.Keys);
        Option<string> output = new("--output")
        {
            HelpName = "table|json",
            Description = "Text for people, or JSON of a documented, stable shape.",
            DefaultValueFactory = _ => s_outputs.Format(false),
        };
        output.Validators.Add(result =>
        {
            string text = result.GetValueOrDefault<string>();
            if (!s_outputs.TryParse(text, out _))
            {
                result.AddError($"--output: '{Printable.Of(text)}' is not allowed; allowed is {s_outputs.Allowed}");
            }
        });
        command.Options.Add(output);
        command.SetAction((parsed, cancellation) =>
        {
            _ = s_outputs.TryParse(parsed.GetRequiredValue(output), out bool json);
            return ShowAsync(flags.Load(parsed), json, cancellation);
        });
        return command;
    }

    private static async Task<int> ShowAsync(ConfigurationResult loaded, bool json, CancellationToken cancellation)
    {
        SourceChoice source = loaded.HasErrors
            ? new SourceChoice()
            : SourceChoice.Of(loaded.Configuration, Environment.GetEnvironmentVariables());
        ImmutableArray<Problem> problems = loaded.Problems.AddRange(source.Problems);
        ProblemWriter.Write(Console.Error, problems);
        if (ProblemWriter.HasErrors(problems))
        {
            return ExitCodes.BadInput;
        }

        SourceSnapshot snapshot;
        try
        {
            snapshot = await SingleSnapshot.ReadAsync(source, loaded.Configuration, resolve: true, cancellation);
        }
        catch (KubernetesSourceException e)
        {
            await Console.Error.WriteLineAsync($"l4proxy: {e.Message}");
            return ExitCodes.CouldNotRun;
        }

        await Console.Out.WriteAsync(json
            ? TableJson.Write(TableDocument.From(snapshot)) + "\n"
            : TableText.Write(snapshot, loaded.Configuration.Defaults));
        ProblemWriter.Write(Console.Error, snapshot.Problems);
        return ExitCodes.Ok;
    }
}
