using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Balancing;

/// <summary>
/// The endpoints that a policy chooses from: eligible, healthy and not ejected; all eligible ones when that leaves
/// none. Immutable; what a policy derives from it is computed at the first pick that needs it.
/// </summary>
internal sealed class EndpointPool
{
    private int[]? _schedule;
    private MaglevTable? _maglev;

    private EndpointPool(EndpointScopes clients, EndpointState[] members, int[]? weights, bool isFallback, EndpointSetState state)
    {
        Clients = clients;
        Members = members;
        Weights = weights;
        IsFallback = isFallback;
        State = state;
    }

    /// <summary>Who may be given the members.</summary>
    public EndpointScopes Clients { get; }

    public EndpointState[] Members { get; }

    /// <summary>Weights of the members, all positive; null when they are equal.</summary>
    public int[]? Weights { get; }

    /// <summary>No endpoint is available, so all eligible ones are used.</summary>
    public bool IsFallback { get; }

    /// <summary>Shared by all pools of these clients of the Service port.</summary>
    public EndpointSetState State { get; }

    /// <summary>Indices of members in proportion to their weights, evenly spread.</summary>
    public int[] Schedule => Volatile.Read(ref _schedule) ?? BuildSchedule();

    public MaglevTable Maglev => Volatile.Read(ref _maglev) ?? BuildMaglev();

    public int WeightOf(int member) => Weights is null ? 1 : Weights[member];

    /// <summary>Whether the policy may choose the endpoint now. Answers without a search.</summary>
    public bool Allows(EndpointState endpoint) => endpoint.IsEligibleIn(Clients) && (IsFallback || IsAvailable(endpoint));

    /// <summary>Selects from the eligible endpoints; the caller holds the Service's gate.</summary>
    /// <param name="clients">Whose endpoints they are.</param>
    /// <param name="eligible">The endpoints, in the entry's order.</param>
    /// <param name="weights">Their weights, all positive; null when they are equal.</param>
    /// <param name="state">Of these clients of the Service port.</param>
    /// <param name="previous">Kept, with all it has computed, when the choice comes out the same.</param>
    public static EndpointPool Build(
        EndpointScopes clients, EndpointState[] eligible, int[]? weights, EndpointSetState state, EndpointPool? previous)
    {
        int available = 0;
        foreach (EndpointState endpoint in eligible)
        {
            available += IsAvailable(endpoint) ? 1 : 0;
        }

        bool all = available is 0 || available == eligible.Length;
        EndpointState[] members = all ? eligible : [.. eligible.Where(IsAvailable)];
        int[]? kept = all || weights is null ? weights : [.. weights.Where((_, i) => IsAvailable(eligible[i]))];
        if (!kept.AsSpan().ContainsAnyExcept(kept?[0] ?? 0))
        {
            kept = null;
        }

        bool isFallback = available == 0;
        return previous is not null && previous.Clients == clients && previous.IsFallback == isFallback
            && previous.Members.AsSpan().SequenceEqual(members) && previous.Weights.AsSpan().SequenceEqual(kept)
            ? previous
            : new EndpointPool(clients, members, kept, isFallback, state);
    }

    private static bool IsAvailable(EndpointState endpoint) => endpoint.Healthy && !endpoint.Ejected;

    // Two threads may both build; the results are equal and either may stay.
    private int[] BuildSchedule()
    {
        int[] schedule = Weights is null ? [.. Enumerable.Range(0, Members.Length)] : WeightedSchedule.Build(Weights);
        Volatile.Write(ref _schedule, schedule);
        return schedule;
    }

    private MaglevTable BuildMaglev()
    {
        MaglevTable table = MaglevTable.Build(Members, Weights);
        Volatile.Write(ref _maglev, table);
        return table;
    }
}
