using System.Collections.Immutable;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Which of a Service port's endpoints get new connections: the ready ones; when there is none, those that
/// still serve while they terminate (KEP-1669). kube-proxy's rule for traffic policy Cluster.
/// </summary>
internal static class EndpointChooser
{
    /// <summary>The same endpoints in the same order, each with <see cref="EndpointEntry.Usable"/> decided.</summary>
    public static ImmutableArray<EndpointEntry> Choose(ImmutableArray<EndpointEntry> endpoints)
    {
        bool anyReady = endpoints.Any(e => e.Ready);
        return [.. endpoints.Select(e => e with { Usable = anyReady ? e.Ready : e.Serving && e.Terminating })];
    }
}
