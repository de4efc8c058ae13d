using L4Proxy.DataPlane.Balancing;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Dialing;

/// <summary>Which endpoint is dialled next for a client, given those that were: pool and policy, then the last resort.</summary>
internal static class EndpointPicker
{
    /// <summary>The policy's choice if it was not tried yet, else the next untried one; null when there is none.</summary>
    public static EndpointState? Pick(BoundService bound, UInt128 client, TriedEndpoints tried)
    {
        EndpointState[] members = bound.Pool.Members;
        if (members.Length == 0)
        {
            return null;
        }

        int choice = bound.Policy.Pick(bound.Pool, client, tried.Count);
        return NextUntried(members, choice, tried) ?? LastResort(bound, tried);
    }

    /// <summary>Whether <see cref="Pick"/> would find an endpoint.</summary>
    public static bool HasUntried(BoundService bound, TriedEndpoints tried) => NextUntried(bound.Eligible, 0, tried) is not null;

    /// <summary>
    /// All available endpoints were tried: one that is ejected, or unhealthy, may still serve the client. Starts
    /// anywhere, so that no dead endpoint stands before a living one for every client.
    /// </summary>
    private static EndpointState? LastResort(BoundService bound, TriedEndpoints tried) =>
        bound.Pool.Members.Length == bound.Eligible.Length
            ? null
            : NextUntried(bound.Eligible, Random.Shared.Next(bound.Eligible.Length), tried);

    private static EndpointState? NextUntried(EndpointState[] endpoints, int from, TriedEndpoints tried)
    {
        for (int i = 0; i < endpoints.Length; i++)
        {
            int index = from + i;
            EndpointState endpoint = endpoints[index < endpoints.Length ? index : index - endpoints.Length];
            if (!tried.Contains(endpoint))
            {
                return endpoint;
            }
        }

        return null;
    }
}
