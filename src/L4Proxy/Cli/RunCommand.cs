using System.Collections.Immutable;
using System.CommandLine;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.Hosting;
using L4Proxy.Options;

namespace L4Proxy.Cli;

/// <summary><c>l4proxy run</c>: the proxy itself.</summary>
internal static class RunCommand
{
    public static Command Build()
    {
        Command command = new("run", "Serve the Services of Kubernetes manifests until stopped. SIGHUP reads the manifests again; SIGTERM drains.");
        ConfigurationFlags flags = ConfigurationFlags.AddTo(
            command, [ConfigurationSchema.Manifests, ConfigurationSchema.BindAddress, .. Serving.Keys]);
        Option<string?> readyFile = Serving.CreateReadyFileOption();
        command.Options.Add(readyFile);
        command.SetAction((parsed, cancellation) => RunAsync(flags.Load(parsed), parsed.GetValue(readyFile), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ConfigurationResult loaded, string? readyFile, CancellationToken cancellation)
    {
        ImmutableArray<Problem> problems = loaded.Problems.AddRange(ManifestPaths.Check(loaded.Configuration, required: !loaded.HasErrors));
        ProblemWriter.Write(Console.Error, problems);
        if (ProblemWriter.HasErrors(problems))
        {
            return ExitCodes.BadInput;
        }

        HostSettings settings = Serving.Settings(loaded.Configuration, readyFile);
        using ResolvedNames names = ResolvedNames.FromSystem(TimeProvider.System);
        using SystemHostAddresses host = new(TimeProvider.System);
        return await ProxyHost.RunAsync(ManifestTables.Watch(loaded.Configuration, host, names), settings, cancellation);
    }
}
