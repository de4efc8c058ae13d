using System.Collections.Immutable;
using System.CommandLine;
using L4Proxy.Cli.Sources;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Life;
using L4Proxy.ControlPlane.KernelRules.Tools;
using L4Proxy.ControlPlane.Kubernetes;
using L4Proxy.Hosting;
using L4Proxy.Options;
using Microsoft.Extensions.Logging.Abstractions;

namespace L4Proxy.Cli.Rules;

/// <summary><c>l4proxy rules plan</c> and <c>l4proxy rules diff</c>: what <c>run</c> would tell the kernel.</summary>
internal static class RulesCommand
{
    /// <summary>Exit code of <c>diff</c> where the kernel differs, as diff(1).</summary>
    public const int Differs = 1;

    private const string DiffName = "diff";

    /// <summary>Exit code of a mistake on the command line: diff(1) has given 1 another meaning.</summary>
    public static int OnMistake(Command command) => command.Name == DiffName ? ExitCodes.CouldNotRun : ExitCodes.BadInput;

    public static Command Build() => new("rules", "Show what run would tell the kernel, or how the kernel differs from that.")
    {
        Subcommand(
            "plan",
            "Print the input of the tools by which run would put all rules in force. Needs no privilege and changes nothing.",
            static (backend, state, _) => PlanAsync(backend, state),
            ExitCodes.BadInput),
        Subcommand(
            DiffName,
            "Print what is missing in the kernel (-) and what is too much (+). Exit code 0: nothing, 1: something, 2: nobody knows.",
            DiffAsync,
            ExitCodes.CouldNotRun),
    };

    private static Command Subcommand(
        string name, string description, Func<IRulesBackend, RulesState, CancellationToken, Task<int>> show, int onMistake)
    {
        Command command = new(name, description);
        ConfigurationFlags flags = ConfigurationFlags.AddTo(
            command,
            [.. SourceFlags.Keys, ConfigurationSchema.Fallback, ConfigurationSchema.HealthzBindAddress, ConfigurationSchema.MetricsBindAddress]);
        command.SetAction((parsed, cancellation) => RunAsync(flags.Load(parsed), show, onMistake, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        ConfigurationResult loaded, Func<IRulesBackend, RulesState, CancellationToken, Task<int>> show, int onMistake, CancellationToken cancellation)
    {
        ProxyConfiguration configuration = loaded.Configuration;
        SourceChoice source = loaded.HasErrors ? new SourceChoice() : SourceChoice.Of(configuration, Environment.GetEnvironmentVariables());
        RulesBackendKind? kind = RulesChoice.KindOf(configuration);
        ImmutableArray<Problem> problems = [.. loaded.Problems, .. source.Problems, .. kind is null ? [s_nothingToTell] : Array.Empty<Problem>()];
        ProblemWriter.Write(Console.Error, problems);
        if (ProblemWriter.HasErrors(problems))
        {
            return onMistake;
        }

        try
        {
            SourceSnapshot snapshot = await SingleSnapshot.ReadAsync(source, configuration, resolve: true, cancellation);
            ProblemWriter.Write(Console.Error, snapshot.Problems);
            RulesOptions options = RulesChoice.OptionsOf(configuration, NodeAddresses.Of(configuration, source.Kind) is not null);
            RulesState state = new RulesModel(options).Of(snapshot);
            RulesBackends backends = new(options, new HostTools(), NullLoggerFactory.Instance);
            await using IRulesBackend backend = RulesChoice.FallbackOf(configuration) is { } fallback
                ? await ChooseAsync(backends, kind!.Value, fallback, cancellation)
                : backends.Create(kind!.Value);
            return await show(backend, state, cancellation);
        }
        catch (Exception e) when (e is KubernetesSourceException or RulesException)
        {
            await Console.Error.WriteLineAsync($"l4proxy: {e.Message}");
            return ExitCodes.CouldNotRun;
        }
    }

    /// <summary>
    /// What run would use here; what was asked for where it could use neither, as far as this process may see. Somebody who waits for an answer
    /// is told of a lock that is held, and may ask again.
    /// </summary>
    private static async Task<IRulesBackend> ChooseAsync(
        RulesBackends backends, RulesBackendKind kind, RulesBackendKind fallback, CancellationToken cancellation)
    {
        RulesBackendChoice choice = await RulesBackendChoice.MakeAsync(backends, kind, fallback, TimeSpan.Zero, NullLogger.Instance, cancellation);
        IRulesBackend backend = choice.Backend ?? backends.Create(kind);
        if (!choice.Lacks.IsEmpty)
        {
            await Console.Error.WriteLineAsync($"l4proxy: {string.Join("; ", choice.Lacks)}: {backend.Name} is shown");
        }

        return backend;
    }

    private static readonly Problem s_nothingToTell = new()
    {
        Severity = ProblemSeverity.Error,
        Message = "mode userspace without capture tells the kernel nothing; give --mode or --capture",
    };

    private static async Task<int> PlanAsync(IRulesBackend backend, RulesState state)
    {
        await Console.Out.WriteAsync(backend.Plan(state));
        return ExitCodes.Ok;
    }

    private static async Task<int> DiffAsync(IRulesBackend backend, RulesState state, CancellationToken cancellation)
    {
        ImmutableArray<string> lines;
        try
        {
            lines = await backend.DiffAsync(state, cancellation);
        }
        catch (RulesException e) when (IsRefusal(e) && !Capabilities.MayAdministerNetwork())
        {
            throw new RulesException($"{e.Message}; the kernel's rules are listed only for who has the capability CAP_NET_ADMIN", e);
        }

        await Console.Out.WriteAsync(string.Concat(lines.Select(l => l + "\n")));
        return lines.IsEmpty ? ExitCodes.Ok : Differs;
    }

    /// <summary>Whether a tool says what strerror(3) says of EPERM and EACCES.</summary>
    private static bool IsRefusal(RulesException e) =>
        e.Message.Contains("Operation not permitted", StringComparison.Ordinal) || e.Message.Contains("Permission denied", StringComparison.Ordinal);
}
