using System.Net.Sockets;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Balancing;

/// <summary>Joins a new entry of a Service port with what is remembered from the one before.</summary>
internal static class ServiceBinder
{
    /// <summary>
    /// Binds an entry. Endpoint states are found again by address, the turn of round robin and the affinity pins go
    /// on. Writes to the states, so the caller holds the Service's gate and puts the result in force before it lets go.
    /// </summary>
    /// <param name="entry">What is to be in force.</param>
    /// <param name="previous">What is in force; null for a Service port that has just appeared.</param>
    /// <param name="departed">Endpoints that the previous entry lists and this one does not.</param>
    public static BoundService Bind(ServiceEntry entry, BoundService? previous, out IReadOnlyList<EndpointState> departed)
    {
        EndpointState[] states = EndpointMatch.Find(entry, previous?.Known ?? [], out EndpointState[] known, out departed);
        EndpointScopes served = LeadsToLocal(entry) ? EndpointScopes.Cluster | EndpointScopes.Local : EndpointScopes.Cluster;
        (EndpointScopes usable, EndpointScopes weighed) = Survey(entry);
        for (int i = 0; i < states.Length; i++)
        {
            EndpointEntry endpoint = entry.Endpoints[i];
            EndpointScopes scopes = UsableFor(endpoint, entry.SameFamily) & served;
            Update(states[i], endpoint.Weight > 0 ? scopes : scopes & ~weighed, entry.Options);
        }

        (ScopedEndpoints cluster, ScopedEndpoints clusterIPv6) = BindScope(EndpointScopes.Cluster, previous?.Cluster, previous?.ClusterIPv6);
        (ScopedEndpoints? local, ScopedEndpoints? localIPv6) = (served & EndpointScopes.Local) != EndpointScopes.None
            ? BindScope(EndpointScopes.Local, previous?.Local, previous?.LocalIPv6) : (null, null);
        return new BoundService
        {
            Entry = entry,
            Known = known,
            Usable = UsableAnywhere(entry, states, cluster, clusterIPv6, local),
            Cluster = cluster,
            ClusterIPv6 = clusterIPv6,
            Local = local,
            LocalIPv6 = localIPv6,
            Policy = PickPolicies.For(entry.Options.Balance),
            Affinity = BindAffinity(entry.Options.Affinity, previous?.Affinity),
        };

        (ScopedEndpoints IPv4, ScopedEndpoints IPv6) BindScope(EndpointScopes scope, ScopedEndpoints? before, ScopedEndpoints? beforeIPv6)
        {
            if (!entry.SameFamily)
            {
                ScopedEndpoints all = BindFor(scope, before);
                return (all, all);
            }

            // Families that had one set until now must not share its turn of round robin.
            beforeIPv6 = ReferenceEquals(beforeIPv6, before) ? null : beforeIPv6;
            return (BindFor(scope & EndpointScopes.IPv4, before), BindFor(scope & EndpointScopes.IPv6, beforeIPv6));
        }

        ScopedEndpoints BindFor(EndpointScopes clients, ScopedEndpoints? before) => (usable & clients) == EndpointScopes.None
            ? ScopedEndpoints.Empty : BindSet(clients, entry, states, weighed, before);
    }

    private static bool LeadsToLocal(ServiceEntry entry)
    {
        foreach (FrontendEntry frontend in entry.Frontends)
        {
            if (frontend.FromInside == EndpointScope.Local || frontend.FromOutside == EndpointScope.Local)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The clients that the source lets go to an endpoint, its weight aside.</summary>
    private static EndpointScopes UsableFor(EndpointEntry endpoint, bool sameFamily)
    {
        EndpointScopes scopes = (endpoint.Usable ? EndpointScopes.Cluster : EndpointScopes.None)
            | (endpoint.UsableLocally ? EndpointScopes.Local : EndpointScopes.None);
        return !sameFamily ? scopes
            : scopes & (endpoint.Address.AddressFamily == AddressFamily.InterNetwork ? EndpointScopes.IPv4 : EndpointScopes.IPv6);
    }

    /// <summary>The clients that have endpoints, and those among whose endpoints weights count: where all are zero, none does.</summary>
    private static (EndpointScopes Usable, EndpointScopes Weighed) Survey(ServiceEntry entry)
    {
        EndpointScopes usable = EndpointScopes.None;
        EndpointScopes weighed = EndpointScopes.None;
        foreach (EndpointEntry endpoint in entry.Endpoints)
        {
            EndpointScopes scopes = UsableFor(endpoint, entry.SameFamily);
            usable |= scopes;
            weighed |= endpoint.Weight > 0 ? scopes : EndpointScopes.None;
        }

        return (usable, weighed);
    }

    private static ScopedEndpoints BindSet(
        EndpointScopes clients, ServiceEntry entry, EndpointState[] states, EndpointScopes weighed, ScopedEndpoints? previous)
    {
        EndpointState[] usable = Select(states, i => (UsableFor(entry.Endpoints[i], entry.SameFamily) & clients) != EndpointScopes.None);
        EndpointState[] eligible = Select(states, i => states[i].IsEligibleIn(clients));
        int[]? weights = (weighed & clients) != EndpointScopes.None ? Weights(clients, entry, states, eligible.Length) : null;
        PassiveEjection.Trim(clients, eligible, entry.Options.Ejection);

        // The empty set is of all Service ports, and has no turn to go on with.
        EndpointSetState? state = ReferenceEquals(previous, ScopedEndpoints.Empty) ? null : previous?.Pool.State;
        return new ScopedEndpoints
        {
            Usable = usable.Length == eligible.Length ? eligible : usable,
            Eligible = eligible,
            Weights = weights,
            Pool = EndpointPool.Build(clients, eligible, weights, state ?? new EndpointSetState(), previous?.Pool),
        };
    }

    /// <summary>The weights of the eligible endpoints; null when they are equal, as nearly always.</summary>
    private static int[]? Weights(EndpointScopes clients, ServiceEntry entry, EndpointState[] states, int count)
    {
        int[] weights = new int[count];
        int taken = 0;
        for (int i = 0; i < states.Length; i++)
        {
            if (states[i].IsEligibleIn(clients))
            {
                weights[taken++] = entry.Endpoints[i].Weight;
            }
        }

        return weights.AsSpan().ContainsAnyExcept(weights[0]) ? weights : null;
    }

    private static EndpointState[] UsableAnywhere(
        ServiceEntry entry, EndpointState[] states, ScopedEndpoints cluster, ScopedEndpoints clusterIPv6, ScopedEndpoints? local)
    {
        bool isCluster = local is null && (ReferenceEquals(cluster, clusterIPv6) || clusterIPv6.Usable.Length == 0);
        return isCluster ? cluster.Usable
            : local is null && cluster.Usable.Length == 0 ? clusterIPv6.Usable
            : local is null ? Select(states, i => entry.Endpoints[i].Usable)
            : Select(states, i => entry.Endpoints[i].Usable || entry.Endpoints[i].UsableLocally);
    }

    /// <summary>Those states that a condition on their index holds for: the same array when it holds for all.</summary>
    private static EndpointState[] Select(EndpointState[] states, Func<int, bool> condition)
    {
        int count = 0;
        for (int i = 0; i < states.Length; i++)
        {
            count += condition(i) ? 1 : 0;
        }

        if (count == states.Length)
        {
            return states;
        }

        EndpointState[] selected = new EndpointState[count];
        for (int i = 0, taken = 0; taken < count; i++)
        {
            if (condition(i))
            {
                selected[taken++] = states[i];
            }
        }

        return selected;
    }

    private static void Update(EndpointState state, EndpointScopes scopes, ServiceOptions options)
    {
        bool comesBack = scopes != EndpointScopes.None && !state.Eligible;
        if (comesBack || !PassiveEjection.IsEnabled(options.Ejection))
        {
            // Its source has just said that it is ready: newer than what was held against it.
            state.ClearMarks();
        }

        if (!options.HealthCheck.Enabled)
        {
            state.Healthy = true;
        }

        state.Scopes = scopes;
    }

    private static AffinityTable? BindAffinity(AffinityOptions options, AffinityTable? previous)
    {
        if (options.Kind != AffinityKind.ClientIP)
        {
            return null;
        }

        return previous is null ? new AffinityTable(options.MaxEntries)
            : previous.MaxEntries == options.MaxEntries ? previous
            : previous.Resized(options.MaxEntries);
    }
}
