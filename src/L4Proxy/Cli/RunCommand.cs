using System.Collections.Immutable;
using System.CommandLine;
using L4Proxy.Admin;
using L4Proxy.Cli.Rules;
using L4Proxy.Cli.Sources;
using L4Proxy.ControlPlane;
using L4Proxy.Hosting;
using L4Proxy.Options;

namespace L4Proxy.Cli;

/// <summary><c>l4proxy run</c>: the proxy itself.</summary>
internal static class RunCommand
{
    public static Command Build()
    {
        Command command = new(
            "run", "Serve the Services of Kubernetes manifests or of a cluster until stopped. SIGHUP reads everything again; SIGTERM drains.");
        ConfigurationFlags flags = ConfigurationFlags.AddTo(
            command,
            [
                .. SourceFlags.Keys, ConfigurationSchema.KeepRules, ConfigurationSchema.Fallback,
                ConfigurationSchema.HealthzBindAddress, ConfigurationSchema.MetricsBindAddress, .. Serving.Keys,
            ]);
        Option<string?> readyFile = Serving.CreateReadyFileOption();
        command.Options.Add(readyFile);
        command.SetAction((parsed, cancellation) => RunAsync(flags.Load(parsed), parsed.GetValue(readyFile), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ConfigurationResult loaded, string? readyFile, CancellationToken cancellation)
    {
        ProxyConfiguration configuration = loaded.Configuration;
        SourceChoice source = loaded.HasErrors ? new SourceChoice() : SourceChoice.Of(configuration, Environment.GetEnvironmentVariables());
        ImmutableArray<Problem> problems = loaded.Problems.AddRange(source.Problems);
        ProblemWriter.Write(Console.Error, problems);
        if (ProblemWriter.HasErrors(problems))
        {
            return ExitCodes.BadInput;
        }

        NodeEndpointOptions? node = NodeAddresses.Of(configuration, source.Kind);
        HostSettings settings = Serving.Settings(configuration, readyFile) with
        {
            NodeEndpoints = node,
            Rules = RulesChoice.Of(configuration, answersHealthChecks: node is not null),
        };
        return source.Access is { } access
            ? await ProxyHost.RunAsync(
                (loggers, observer) => KubernetesTables.Watch(access, configuration, loggers, observer), settings, cancellation)
            : await ProxyHost.RunAsync((_, _) => ManifestTables.Watch(configuration), settings, cancellation);
    }
}
