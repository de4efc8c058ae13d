using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Balancing;

/// <summary>
/// The endpoints of a Service port that some of its clients get (those of one <see cref="EndpointScope"/>, of one family
/// or of both), joined with their states: immutable.
/// </summary>
internal sealed record ScopedEndpoints
{
    /// <summary>Of clients that get nothing, whatever Service port they came to.</summary>
    public static ScopedEndpoints Empty { get; } = new()
    {
        Usable = [],
        Eligible = [],
        Weights = null,
        Pool = EndpointPool.Build(EndpointScopes.None, [], weights: null, new EndpointSetState(), previous: null),
    };

    /// <summary>Whose they are: an endpoint is among them when it is eligible for any of these.</summary>
    public EndpointScopes Clients => Pool.Clients;

    /// <summary>States of the usable endpoints, in the entry's order.</summary>
    public required EndpointState[] Usable { get; init; }

    /// <summary>
    /// The usable endpoints that may get new connections: those with a weight, or all when none has one. Passive
    /// ejection and health only choose among these.
    /// </summary>
    public required EndpointState[] Eligible { get; init; }

    /// <summary>Weights of <see cref="Eligible"/>, all positive; null when they are equal.</summary>
    public required int[]? Weights { get; init; }

    /// <summary>What the policy chooses from at the moment.</summary>
    public required EndpointPool Pool { get; init; }

    /// <summary>Whether the pool leaves somebody out, or would if that left anybody.</summary>
    public bool HasUnavailable => Pool.Members.Length < Eligible.Length || (Pool.IsFallback && Eligible.Length > 0);

    /// <summary>The same with the pool that follows from the endpoints' health and ejection marks as they are now.</summary>
    public ScopedEndpoints WithCurrentPool()
    {
        EndpointPool pool = EndpointPool.Build(Clients, Eligible, Weights, Pool.State, Pool);
        return ReferenceEquals(pool, Pool) ? this : this with { Pool = pool };
    }

    /// <summary>Follows a change of when ejected endpoints are to be tried; the caller holds the Service's gate.</summary>
    public void PlanTrials() => Pool.State.NextTrialMs = PassiveEjection.NextTrialMs(Eligible);
}
