using System.Collections.Immutable;
using System.Net;
using System.Runtime.InteropServices;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Makes one ordered list of what several objects say about a Service port's endpoints.</summary>
internal static class EndpointList
{
    /// <summary>
    /// Each address once, ordered by address and port. Of two entries with the same address the later one wins
    /// unless it is terminating: an address that a new Pod has taken over is still listed for the old one.
    /// </summary>
    public static ImmutableArray<EndpointEntry> Merge(IEnumerable<EndpointEntry> endpoints)
    {
        Dictionary<IPEndPoint, EndpointEntry> merged = [];
        foreach (EndpointEntry endpoint in endpoints)
        {
            if (!merged.TryAdd(endpoint.Address, endpoint) && !endpoint.Terminating)
            {
                merged[endpoint.Address] = endpoint;
            }
        }

        EndpointEntry[] ordered = [.. merged.Values];
        Array.Sort(ordered, static (x, y) => AddressOrder.Instance.Compare(x.Address, y.Address));
        return ImmutableCollectionsMarshal.AsImmutableArray(ordered);
    }
}
