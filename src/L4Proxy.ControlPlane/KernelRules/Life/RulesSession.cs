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
    /// <exception cref="RulesException">Nobody can tell what the host lacks, because somebody else has had a lock for too long.</exception>
    public static async Task<(RulesSession? Session, ImmutableArray<string> Lacks)> OpenAsync(
        IRulesBackends backends, RulesBackendKind kind, RulesBackendKind? fallback, ILogger logger, CancellationToken cancellation,
        string lockName = RulesLock.Name)
    {
        ArgumentNullException.ThrowIfNull(backends);
        if (RulesLock.TryTake(lockName) is not { } held)
        {
            return (null, [RulesLock.Held]);
        }

        try
        {
            OrphanedTools.End();
            RulesBackendChoice choice = await RulesBackendChoice.MakeAsync(backends, kind, fallback, BusyRetry.Longest, logger, cancellation);
            if (choice.Backend is not null)
            {
                return (new RulesSession(held, choice.Kind, choice.Backend), []);
            }

            held.Dispose();
            return (null, choice.Lacks);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Backend.DisposeAsync();
        _lock.Dispose();
    }
}
