using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Life;

/// <summary>Removes what L4Proxy's processes left in the kernel in other modes.</summary>
public static class RulesLeftovers
{
    /// <summary>Removes the rules of all backends but one; what cannot be removed is logged, and <paramref name="observer"/> told.</summary>
    /// <param name="backends">All there are.</param>
    /// <param name="kept">The one whose rules stay; null for none.</param>
    /// <param name="observer">Counts failures; null when nobody does.</param>
    /// <param name="logger">Told what was removed.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task RemoveAsync(
        IRulesBackends backends, RulesBackendKind? kept, IRulesObserver? observer, ILogger logger, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(backends);
        foreach (RulesBackendKind kind in backends.Kinds.Where(k => k != kept))
        {
            await using IRulesBackend backend = backends.Create(kind);
            try
            {
                if (await backend.CleanUpAsync(cancellation))
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
