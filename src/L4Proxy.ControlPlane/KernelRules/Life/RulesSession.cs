using System.Collections.Immutable;
using L4Proxy.ControlPlane.KernelRules.Tools;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Life;

/// <summary>A process's hold on the rules of its network namespace: the lock, and the backend that this host can run.</summary>
public sealed class RulesSession : IAsyncDisposable
{
    private readonly RulesLock _lock;

    private RulesSession(RulesLock held, RulesBackendKind kind, IRulesBackend backend)
    {
        _lock = held;
        Kind = kind;
        Backend = backend;
    }

    /// <summary>What is used: what was asked for, or the fallback.</summary>
    public RulesBackendKind Kind { get; }

    public IRulesBackend Backend { get; }

    /// <summary>Takes the lock and probes the host; changes nothing on it.</summary>
    /// <param name="backends">Makes the backend.</param>
    /// <param name="kind">What is asked for.</param>
    /// <param name="fallback">What is used when the host cannot run that; null for nothing.</param>
    /// <param name="logger">Told when the fallback is used.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="lockName">Name of the lock.</param>
    /// <returns>The session, or null and a line for each reason.</returns>
    public static async Task<(RulesSession? Session, ImmutableArray<string> Lacks)> OpenAsync(
        IRulesBackends backends, RulesBackendKind kind, RulesBackendKind? fallback, ILogger logger, CancellationToken cancellation,
        string lockName = RulesLock.Name)
    {
        ArgumentNullException.ThrowIfNull(backends);
        if (RulesLock.TryTake(lockName) is not { } held)
        {
            return (null, [RulesLock.Held]);
        }

        OrphanedTools.End();

        (IRulesBackend? backend, ImmutableArray<string> lacks) = await ProbeAsync(backends, kind, cancellation);
        if (backend is null && fallback is { } other)
        {
            (backend, ImmutableArray<string> otherLacks) = await ProbeAsync(backends, other, cancellation);
            if (backend is not null)
            {
                RulesLog.FallsBack(logger, string.Join("; ", lacks), backend.Name);
                kind = other;
            }

            lacks = [.. lacks, .. otherLacks];
        }

        if (backend is not null)
        {
            return (new RulesSession(held, kind, backend), []);
        }

        held.Dispose();
        return (null, lacks);
    }

    public async ValueTask DisposeAsync()
    {
        await Backend.DisposeAsync();
        _lock.Dispose();
    }

    private static async Task<(IRulesBackend? Backend, ImmutableArray<string> Lacks)> ProbeAsync(
        IRulesBackends backends, RulesBackendKind kind, CancellationToken cancellation)
    {
        IRulesBackend? backend = null;
        ImmutableArray<string> lacks;
        try
        {
            backend = backends.Create(kind);
            lacks = [.. (await backend.ProbeAsync(cancellation)).Select(l => $"{backend.Name}: {l}")];
        }
        catch (RulesException e)
        {
            lacks = [e.Message];
        }

        if (lacks.IsEmpty || backend is null)
        {
            return (backend, lacks);
        }

        await backend.DisposeAsync();
        return (null, lacks);
    }
}
