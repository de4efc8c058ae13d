using System.Collections.Immutable;
using System.Net;

namespace L4Proxy.DataPlane.Services;

/// <summary>Everything that is to be served: immutable, replaced as a whole.</summary>
/// <param name="Services">Ordered by key, each key once.</param>
public sealed record ServiceTable(ImmutableArray<ServiceEntry> Services)
{
    public static readonly ServiceTable Empty = new([]);

    /// <summary>
    /// Networks of clients that count as inside: the cluster's pods and this node's own addresses. For them an
    /// external traffic policy Local leads to all endpoints, as kube-proxy's short circuit does.
    /// </summary>
    public NetworkSet Inside { get; init; } = NetworkSet.Empty;

    /// <summary>
    /// Listeners of the connections to frontends with <see cref="FrontendEntry.Captured"/>: at most one of each family.
    /// </summary>
    public ImmutableArray<IPEndPoint> CaptureListeners { get; init; } = [];
}
