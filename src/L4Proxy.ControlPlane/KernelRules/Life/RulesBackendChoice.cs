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
    /// <param name="patience">How long somebody else who has a lock is waited for; zero for one attempt.</param>
    /// <param name="logger">Told when the fallback is used.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="RulesException">Nobody can tell, because somebody else has a lock: a host that is busy lacks nothing.</exception>
    public static async Task<RulesBackendChoice> MakeAsync(
        IRulesBackends backends, RulesBackendKind kind, RulesBackendKind? fallback, TimeSpan patience, ILogger logger, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(backends);
        RulesBackendChoice first = await ProbeAsync(backends, kind, patience, logger, cancellation);
        if (first.Backend is not null || fallback is not { } other)
        {
            return first;
        }

        RulesBackendChoice second = await ProbeAsync(backends, other, patience, logger, cancellation);
        if (second.Backend is not null)
        {
            RulesLog.FallsBack(logger, string.Join("; ", first.Lacks), second.Backend.Name);
        }

        return second with { Lacks = [.. first.Lacks, .. second.Lacks] };
    }

    private static async Task<RulesBackendChoice> ProbeAsync(
        IRulesBackends backends, RulesBackendKind kind, TimeSpan patience, ILogger logger, CancellationToken cancellation)
    {
        IRulesBackend backend;
        try
        {
            backend = backends.Create(kind);
        }
        catch (RulesException e)
        {
            return new RulesBackendChoice(kind, Backend: null, [e.Message]);
        }

        ImmutableArray<string> lacks;
        try
        {
            lacks = await BusyRetry.RunAsync(backend.ProbeAsync, patience, backend.Name, TimeProvider.System, logger, cancellation, cancellation);
        }
        catch (RulesException e) when (!e.IsBusy)
        {
            lacks = [e.Message];
        }
        catch
        {
            await backend.DisposeAsync();
            throw;
        }

        if (lacks.IsEmpty)
        {
            return new RulesBackendChoice(kind, backend, lacks);
        }

        await backend.DisposeAsync();
        return new RulesBackendChoice(kind, Backend: null, [.. lacks.Select(l => $"{backend.Name}: {l}")]);
    }
}
