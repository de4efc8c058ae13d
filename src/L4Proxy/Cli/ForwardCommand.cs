using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using L4Proxy.ControlPlane.Forwarding;
using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.DataPlane;
using L4Proxy.DataPlane.Services;
using L4Proxy.Hosting;
using L4Proxy.Options;

namespace L4Proxy.Cli;

/// <summary><c>l4proxy forward</c>: listeners and backends given on the command line.</summary>
internal sealed class ForwardCommand
{
    private readonly Argument<string[]> _specs = new("SPEC")
    {
        Description =
            $"{ForwardSpec.Grammar}. PORT alone listens on 127.0.0.1, port 0 on any free port. A host name stands for all its " +
            $"addresses and is resolved again every {ResolvedNames.DefaultInterval.TotalSeconds} s.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly ValueOption<AffinityKind> _affinity = new(
        "--affinity", ValueFormats.Affinity, AffinityKind.None, "Whether a client keeps its backend");

    private readonly ValueOption<TimeSpan> _affinityTimeout = new(
        "--affinity-timeout", ValueFormats.AffinityTimeout, AffinityOptions.None.Timeout, "How long after its last new connection");

    private readonly Option<string?> _readyFile = Serving.CreateReadyFileOption();

    private readonly ConfigurationFlags _flags;

    private ForwardCommand(Command command)
    {
        command.Arguments.Add(_specs);
        _flags = ConfigurationFlags.AddTo(command, [ConfigurationSchema.Balance, .. Serving.Keys]);
        command.Options.Add(_affinity);
        command.Options.Add(_affinityTimeout);
        command.Options.Add(_readyFile);
        _specs.Validators.Add(CheckSpecs);
        command.Validators.Add(CheckAffinity);
        command.SetAction(RunAsync);
    }

    public static Command Build()
    {
        Command command = new("forward", "Forward local ports to a set of backends.");
        _ = new ForwardCommand(command);
        return command;
    }

    /// <summary>What is forwarded, for people: the real address and the backends' addresses.</summary>
    internal static string Describe(ListenerStatus listener, ServiceEntry service)
    {
        string backends = service.Endpoints.IsEmpty
            ? "no address yet"
            : string.Join(", ", service.Endpoints.Select(e => e.Weight == 1 ? $"{e.Address}" : $"{e.Address} weight {e.Weight}"));
        return $"forwarding {listener.LocalEndPoint} -> {backends}";
    }

    private static void CheckSpecs(ArgumentResult result)
    {
        ForwardSpecParser.ParseAll(result.Tokens.Select(t => t.Value), out ImmutableArray<string> errors);
        foreach (string error in errors)
        {
            result.AddError(error);
        }
    }

    private static async Task PrintAsync(ProxyServer server)
    {
        try
        {
            foreach (ListenerStatus listener in server.Listeners)
            {
                ServiceEntry service = server.Services.First(s => s.Key == listener.Service).Entry;
                await Console.Out.WriteLineAsync(Describe(listener, service));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Standard output is closed or full. The log says the same, and clients are being served.
        }
    }

    private void CheckAffinity(CommandResult result)
    {
        if (result.GetResult(_affinityTimeout) is not null && result.GetValue(_affinity) == AffinityKind.None)
        {
            result.AddError("--affinity-timeout has no effect without --affinity client-ip");
        }
    }

    private Task<int> RunAsync(ParseResult result, CancellationToken stop)
    {
        ConfigurationResult loaded = _flags.Load(result);
        ProblemWriter.Write(Console.Error, loaded.Problems);
        if (loaded.HasErrors)
        {
            return Task.FromResult(ExitCodes.BadInput);
        }

        ImmutableArray<ForwardSpec> specs = ForwardSpecParser.ParseAll(result.GetValue(_specs) ?? [], out _);
        ForwardSource source = new(specs, Options(loaded.Configuration, result), ResolvedNames.FromSystem(TimeProvider.System));
        HostSettings settings = Serving.Settings(loaded.Configuration, result.GetValue(_readyFile)) with
        {
            EveryListenerRequired = true,
            ReadyName = key => source.Specs[key].Text,
        };
        return ProxyHost.RunAsync((_, _) => source, settings, stop, (server, _) => PrintAsync(server));
    }

    private ServiceOptions Options(ProxyConfiguration configuration, ParseResult result) => configuration.Defaults with
    {
        Affinity = configuration.Defaults.Affinity with
        {
            Kind = _affinity.Read(result),
            Timeout = _affinityTimeout.Read(result),
        },
    };
}
