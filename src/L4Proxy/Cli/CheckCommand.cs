using System.Collections.Immutable;
using System.CommandLine;
using L4Proxy.Cli.Sources;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Kubernetes;
using L4Proxy.DataPlane.Services;
using L4Proxy.Hosting;
using L4Proxy.Options;

namespace L4Proxy.Cli;

/// <summary><c>l4proxy check</c>: everything that is wrong with the input, at once.</summary>
internal static class CheckCommand
{
    public static Command Build()
    {
        Command command = new("check", "Report all problems of the configuration, and of the manifests or the cluster. Exit code 1 when there is an error.");
        ConfigurationFlags flags = ConfigurationFlags.AddTo(command, SourceFlags.Keys);
        Option<bool> strict = new("--strict") { Description = "A warning counts as an error for the exit code." };
        command.Options.Add(strict);
        command.SetAction((parsed, cancellation) => CheckAsync(flags.Load(parsed), parsed.GetValue(strict), cancellation));
        return command;
    }

    private static async Task<int> CheckAsync(ConfigurationResult loaded, bool strict, CancellationToken cancellation)
    {
        SourceSnapshot snapshot;
        try
        {
            snapshot = await ReadAsync(loaded.Configuration, cancellation);
        }
        catch (KubernetesSourceException e)
        {
            await Console.Error.WriteLineAsync($"l4proxy: {e.Message}");
            return ExitCodes.CouldNotRun;
        }

        ImmutableArray<Problem> problems = loaded.Problems.AddRange(snapshot.Problems);
        ProblemWriter.Write(Console.Out, problems);
        await Console.Out.WriteLineAsync(ProblemWriter.Summarize(problems));
        bool failed = ProblemWriter.HasErrors(problems) || (strict && problems.Any(p => p.Severity == ProblemSeverity.Warning));
        return failed ? ExitCodes.BadInput : ExitCodes.Ok;
    }

    /// <summary>
    /// With an error in the configuration the objects are checked all the same, against what of it is right. Without any
    /// source there is the configuration to check.
    /// </summary>
    private static Task<SourceSnapshot> ReadAsync(ProxyConfiguration configuration, CancellationToken cancellation)
    {
        if (!configuration.Kubernetes.IsUsed)
        {
            return ManifestTables.ReadAsync(configuration, resolve: false, cancellation);
        }

        SourceChoice source = SourceChoice.Of(configuration, Environment.GetEnvironmentVariables());
        return source.Problems.IsEmpty
            ? SingleSnapshot.ReadAsync(source, configuration, resolve: false, cancellation)
            : Task.FromResult(new SourceSnapshot(ServiceTable.Empty, source.Problems));
    }
}
