using System.CommandLine;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Life;
using L4Proxy.ControlPlane.KernelRules.Tools;
using L4Proxy.Hosting;
using L4Proxy.Options;
using Microsoft.Extensions.Logging.Abstractions;

namespace L4Proxy.Cli.Rules;

/// <summary><c>l4proxy cleanup</c>: removes everything of L4Proxy's from the kernel, whatever mode put it there.</summary>
internal static class CleanupCommand
{
    public static Command Build()
    {
        Command command = new("cleanup", "Remove all rules, sets, routes and devices of L4Proxy from this host's kernel. Refused while an l4proxy programs them.");
        ConfigurationFlags flags = ConfigurationFlags.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(flags.Load(parsed), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ConfigurationResult loaded, CancellationToken cancellation)
    {
        ProblemWriter.Write(Console.Error, loaded.Problems);
        if (loaded.HasErrors)
        {
            return ExitCodes.BadInput;
        }

        try
        {
            using RulesLock? held = RulesLock.TryTake();
            if (held is null)
            {
                throw new RulesException(RulesLock.Held);
            }

            OrphanedTools.End();

            return Capabilities.MayAdministerNetwork()
                ? await RemoveAsync(new RulesBackends(RulesChoice.OptionsOf(loaded.Configuration), new HostTools(), NullLoggerFactory.Instance), cancellation)
                : throw new RulesException("rules can be removed only with the capability CAP_NET_ADMIN, as root has it");
        }
        catch (RulesException e)
        {
            await Console.Error.WriteLineAsync($"l4proxy: {e.Message}");
            return ExitCodes.CouldNotRun;
        }
    }

    /// <summary>One that cannot be removed does not keep the others.</summary>
    private static async Task<int> RemoveAsync(RulesBackends backends, CancellationToken cancellation)
    {
        bool any = false;
        int code = ExitCodes.Ok;
        foreach (RulesBackendKind kind in backends.Kinds)
        {
            await using IRulesBackend backend = backends.Create(kind);
            try
            {
                bool found = await backend.CleanUpAsync(cancellation);
                any |= found;
                if (found)
                {
                    await Console.Out.WriteLineAsync($"removed: {backend.Name}");
                }
            }
            catch (RulesException e)
            {
                await Console.Error.WriteLineAsync($"l4proxy: {backend.Name}: {e.Message}");
                code = ExitCodes.CouldNotRun;
            }
        }

        if (!any && code == ExitCodes.Ok)
        {
            await Console.Out.WriteLineAsync("nothing to remove");
        }

        return code;
    }
}
