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
        bool hasLocal = LeadsToLocal(entry);
        bool weighsCluster = HasWeight(entry, EndpointScope.Cluster);
        bool weighsLocal = hasLocal && HasWeight(entry, EndpointScope.Local);
        for (int i = 0; i < states.Length; i++)
        {
            EndpointEntry endpoint = entry.Endpoints[i];
            EndpointScopes scopes = IsEligible(endpoint, EndpointScope.Cluster, weighsCluster) ? EndpointScopes.Cluster : EndpointScopes.None;
            scopes |= hasLocal && IsEligible(endpoint, EndpointScope.Local, weighsLocal) ? EndpointScopes.Local : EndpointScopes.None;
            Update(states[i], scopes, entry.Options);
        }

        ScopedEndpoints cluster = BindScope(EndpointScope.Cluster, entry, states, weighsCluster, previous?.Cluster);
        ScopedEndpoints? local = hasLocal ? BindScope(EndpointScope.Local, entry, states, weighsLocal, previous?.Local) : null;
        return new BoundService
        {
            Entry = entry,
            Known = known,
            Usable = UsableAnywhere(entry, states, cluster, local),
            Cluster = cluster,
            Local = local,
            Policy = PickPolicies.For(entry.Options.Balance),
            Affinity = BindAffinity(entry.Options.Affinity, previous?.Affinity),
        };
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

    private static bool IsUsable(EndpointEntry endpoint, EndpointScope scope) =>
        scope == EndpointScope.Local ? endpoint.UsableLocally : endpoint.Usable;

    /// <summary>Whether weights count: where all are zero, none does.</summary>
    private static bool HasWeight(ServiceEntry entry, EndpointScope scope)
    {
        foreach (EndpointEntry endpoint in entry.Endpoints)
        {
            if (endpoint.Weight > 0 && IsUsable(endpoint, scope))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsEligible(EndpointEntry endpoint, EndpointScope scope, bool weighs) =>
        IsUsable(endpoint, scope) && (endpoint.Weight > 0 || !weighs);

    private static ScopedEndpoints BindScope(
        EndpointScope scope, ServiceEntry entry, EndpointState[] states, bool weighs, ScopedEndpoints? previous)
    {
        EndpointState[] eligible = Select(states, i => states[i].IsEligibleIn(scope));
        EndpointState[] usable = Select(states, i => IsUsable(entry.Endpoints[i], scope));
        int[]? weights = weighs ? Weights(scope, entry, states, eligible.Length) : null;
        PassiveEjection.Trim(scope, eligible, entry.Options.Ejection);
        return new ScopedEndpoints
        {
            Scope = scope,
            Usable = usable.Length == eligible.Length ? eligible : usable,
            Eligible = eligible,
            Weights = weights,
            Pool = EndpointPool.Build(scope, eligible, weights, previous?.Pool.Cursor ?? new RoundRobinCursor(), previous?.Pool),
        };
    }

    /// <summary>The weights of the eligible endpoints; null when they are equal, as nearly always.</summary>
    private static int[]? Weights(EndpointScope scope, ServiceEntry entry, EndpointState[] states, int count)
    {
        int[] weights = new int[count];
        int taken = 0;
        for (int i = 0; i < states.Length; i++)
        {
            if (states[i].IsEligibleIn(scope))
            {
                weights[taken++] = entry.Endpoints[i].Weight;
            }
        }

        return weights.AsSpan().ContainsAnyExcept(weights[0]) ? weights : null;
    }

    private static EndpointState[] UsableAnywhere(ServiceEntry entry, EndpointState[] states, ScopedEndpoints cluster, ScopedEndpoints? local) =>
        local is null ? cluster.Usable : Select(states, i => entry.Endpoints[i].Usable || entry.Endpoints[i].UsableLocally);

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
