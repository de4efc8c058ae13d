using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Life;

/// <summary>What this host can run of what is asked for.</summary>
/// <param name="Kind">What is used: what was asked for, or the fallback.</param>
/// <param name="Backend">The caller's to dispose of; null when the host can run neither.</param>
/// <param name="Lacks">A line for each thing that is lacking for what was asked for, then for the fallback.</param>
public sealed record RulesBackendChoice(RulesBackendKind Kind, IRulesBackend? Backend, ImmutableArray<string> Lacks)
{
    /// <summary>Probes the host; changes nothing on it.</summary>
    /// <param name="backends">Makes the backend.</param>
    /// <param name="kind">What is asked for.</param>
    /// <param name="fallback">What is used when the host cannot run that; null for nothing.</param>
    /// <param name="logger">Told when the fallback is used.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<RulesBackendChoice> MakeAsync(
        IRulesBackends backends, RulesBackendKind kind, RulesBackendKind? fallback, ILogger logger, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(backends);
        RulesBackendChoice first = await ProbeAsync(backends, kind, logger, cancellation);
        if (first.Backend is not null || fallback is not { } other)
        {
            return first;
        }

        RulesBackendChoice second = await ProbeAsync(backends, other, logger, cancellation);
        if (second.Backend is not null)
        {
            RulesLog.FallsBack(logger, string.Join("; ", first.Lacks), second.Backend.Name);
        }

        return second with { Lacks = [.. first.Lacks, .. second.Lacks] };
    }

    private static async Task<RulesBackendChoice> ProbeAsync(
        IRulesBackends backends, RulesBackendKind kind, ILogger logger, CancellationToken cancellation)
    {
        IRulesBackend? backend = null;
        ImmutableArray<string> lacks;
        try
        {
            IRulesBackend created = backend = backends.Create(kind);
            lacks = await BusyRetry.RunAsync(created.ProbeAsync, BusyRetry.Longest, created.Name, TimeProvider.System, logger, cancellation, cancellation);
            lacks = [.. lacks.Select(l => $"{created.Name}: {l}")];
        }
        catch (RulesException e)
        {
            lacks = [e.Message];
        }

        if (lacks.IsEmpty)
        {
            return new RulesBackendChoice(kind, backend, lacks);
        }

        await (backend?.DisposeAsync() ?? ValueTask.CompletedTask);
        return new RulesBackendChoice(kind, Backend: null, lacks);
    }
}
