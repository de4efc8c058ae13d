using System.Collections.Immutable;
using System.CommandLine;
using L4Proxy.ControlPlane;
using L4Proxy.Hosting;
using L4Proxy.Options;

namespace L4Proxy.Cli;

/// <summary><c>l4proxy check</c>: everything that is wrong with the input, at once.</summary>
internal static class CheckCommand
{
    public static Command Build()
    {
        Command command = new("check", "Report all problems of the configuration and the manifests. Exit code 1 when there is an error.");
        ConfigurationFlags flags = ConfigurationFlags.AddTo(command, ConfigurationSchema.Manifests, ConfigurationSchema.BindAddress);
        Option<bool> strict = new("--strict") { Description = "A warning counts as an error for the exit code." };
        command.Options.Add(strict);
        command.SetAction((parsed, cancellation) => CheckAsync(flags.Load(parsed), parsed.GetValue(strict), cancellation));
        return command;
    }

    private static async Task<int> CheckAsync(ConfigurationResult loaded, bool strict, CancellationToken cancellation)
    {
        // With an error in the configuration the manifests are checked all the same, against what of it is right.
        SourceSnapshot snapshot = await ManifestTables.ReadAsync(loaded.Configuration, resolve: false, cancellation);
        ImmutableArray<Problem> problems = loaded.Problems.AddRange(snapshot.Problems);
        ProblemWriter.Write(Console.Out, problems);
        await Console.Out.WriteLineAsync(ProblemWriter.Summarize(problems));
        bool failed = ProblemWriter.HasErrors(problems) || (strict && problems.Any(p => p.Severity == ProblemSeverity.Warning));
        return failed ? ExitCodes.BadInput : ExitCodes.Ok;
    }
}
