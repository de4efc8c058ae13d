using System.Collections.Frozen;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Life;

/// <summary>
/// Removes what L4Proxy's processes left in the kernel in other modes. Most pairs of ways have nothing in common: then what is there serves
/// until the new rules are in force, and nobody notices the change.
/// </summary>
/// <param name="backends">All there are.</param>
/// <param name="kept">The one whose rules stay; null for none.</param>
/// <param name="observer">Counts failures; null when nobody does.</param>
/// <param name="logger">Told what was removed.</param>
public sealed class RulesLeftovers(IRulesBackends backends, RulesBackendKind? kept, IRulesObserver? observer, ILogger logger)
{
    private static readonly FrozenDictionary<RulesBackendKind, SharedState> s_shares = new Dictionary<RulesBackendKind, SharedState>
    {
        [RulesBackendKind.Nftables] = SharedState.None,
        [RulesBackendKind.Iptables] = SharedState.IptablesTables,
        [RulesBackendKind.Ipvs] = SharedState.IptablesTables | SharedState.LocalAddresses,
        [RulesBackendKind.CaptureNftables] = SharedState.PolicyRouting,
        [RulesBackendKind.CaptureIptables] = SharedState.IptablesTables | SharedState.PolicyRouting,
        [RulesBackendKind.LocalRoutes] = SharedState.LocalAddresses,
    }.ToFrozenDictionary();

    /// <summary>Removes all of them; what cannot be removed is logged.</summary>
    /// <param name="stop">Ends it when a tool has ended.</param>
    /// <param name="abort">Ends the tool, too.</param>
    public async Task RemoveAsync(CancellationToken stop, CancellationToken abort)
    {
        await RemoveBeforeAsync(stop, abort);
        await RemoveAfterAsync(stop, abort);
    }

    /// <summary>Removes those that must be gone before the new rules come, because they have something in common with them.</summary>
    /// <param name="stop">Ends it when a tool has ended.</param>
    /// <param name="abort">Ends the tool, too.</param>
    public Task RemoveBeforeAsync(CancellationToken stop, CancellationToken abort) => RemoveAsync(SharesWithKept, stop, abort);

    /// <summary>Removes the others, which may serve until the new rules are in force.</summary>
    /// <param name="stop">Ends it when a tool has ended.</param>
    /// <param name="abort">Ends the tool, too.</param>
    public Task RemoveAfterAsync(CancellationToken stop, CancellationToken abort) => RemoveAsync(kind => !SharesWithKept(kind), stop, abort);

    private bool SharesWithKept(RulesBackendKind kind) => kept is { } known && (s_shares[kind] & s_shares[known]) != SharedState.None;

    private async Task RemoveAsync(Predicate<RulesBackendKind> isMeant, CancellationToken stop, CancellationToken abort)
    {
        foreach (RulesBackendKind kind in backends.Kinds.Where(k => k != kept && isMeant(k)))
        {
            stop.ThrowIfCancellationRequested();
            await using IRulesBackend backend = backends.Create(kind);
            try
            {
                if (await BusyRetry.RunAsync(backend.CleanUpAsync, BusyRetry.Longest, backend.Name, TimeProvider.System, logger, stop, abort))
                {
                    RulesLog.LeftoversRemoved(logger, backend.Name);
                }
            }
            catch (RulesException e)
            {
                observer?.CleanupFailed();
                RulesLog.LeftoversStay(logger, backend.Name, e.Message);
            }
        }
    }
}
