using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Balancing;

/// <summary>Joins a new entry of a Service port with what is remembered from the one before.</summary>
internal static class ServiceBinder
{
    /// <summary>
    /// Binds an entry. Endpoint states are found again by address, the turn of round robin and the affinity pins go
    /// on. Writes to the states, so the caller holds the Service's gate and puts the result in force before it lets go.
    /// </summary>
    public static BoundService Bind(ServiceEntry entry, BoundService? previous)
    {
        EndpointState[] states = Match(entry, previous, out EndpointState[] known);
        bool anyWeight = entry.Endpoints.Any(e => e.Usable && e.Weight > 0);
        List<EndpointState> usable = new(states.Length);
        List<EndpointState> eligible = new(states.Length);
        List<int> weights = new(states.Length);
        for (int i = 0; i < states.Length; i++)
        {
            EndpointEntry endpoint = entry.Endpoints[i];
            bool isEligible = endpoint.Usable && (endpoint.Weight > 0 || !anyWeight);
            Update(states[i], isEligible, entry.Options);
            if (isEligible)
            {
                eligible.Add(states[i]);
                weights.Add(anyWeight ? endpoint.Weight : 1);
            }

            if (endpoint.Usable)
            {
                usable.Add(states[i]);
            }
        }

        EndpointState[] candidates = [.. eligible];
        int[] shares = [.. weights];
        PassiveEjection.Trim(candidates, entry.Options.Ejection);
        return new BoundService
        {
            Entry = entry,
            Endpoints = eligible.Count == usable.Count ? candidates : [.. usable],
            Known = known,
            Eligible = candidates,
            Weights = shares,
            Pool = EndpointPool.Build(candidates, shares, previous?.Pool.Cursor ?? new RoundRobinCursor(), previous?.Pool),
            Policy = PickPolicies.For(entry.Options.Balance),
            Affinity = BindAffinity(entry.Options.Affinity, previous?.Affinity),
        };
    }

    /// <summary>The state of each listed endpoint; those that are listed no more are shut out.</summary>
    private static EndpointState[] Match(ServiceEntry entry, BoundService? previous, out EndpointState[] known)
    {
        EndpointState[] states = new EndpointState[entry.Endpoints.Length];
        Dictionary<IPEndPoint, EndpointState> remembered = [];
        foreach (EndpointState state in previous?.Known ?? [])
        {
            remembered[state.Address] = state;
        }

        for (int i = 0; i < states.Length; i++)
        {
            IPEndPoint address = entry.Endpoints[i].Address;
            states[i] = remembered.Remove(address, out EndpointState? state) ? state : new EndpointState(address);
        }

        foreach (EndpointState departed in remembered.Values)
        {
            departed.Eligible = false;
        }

        known = [.. states, .. remembered.Values.Where(s => s.Active > 0)];
        return states;
    }

    private static void Update(EndpointState state, bool isEligible, ServiceOptions options)
    {
        bool comesBack = isEligible && !state.Eligible;
        if (comesBack || !PassiveEjection.IsEnabled(options.Ejection))
        {
            // Its source has just said that it is ready: newer than what was held against it.
            state.Marks.Clear();
        }

        if (!options.HealthCheck.Enabled)
        {
            state.Healthy = true;
        }

        state.Eligible = isEligible;
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
