using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Balancing;

/// <summary>The endpoints of one <see cref="EndpointScope"/> of a Service port, joined with their states: immutable.</summary>
internal sealed record ScopedEndpoints
{
    public required EndpointScope Scope { get; init; }

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

    /// <summary>The same with the pool that follows from the endpoints' health and ejection marks as they are now.</summary>
    public ScopedEndpoints WithCurrentPool()
    {
        EndpointPool pool = EndpointPool.Build(Scope, Eligible, Weights, Pool.Cursor, Pool);
        return ReferenceEquals(pool, Pool) ? this : this with { Pool = pool };
    }
}
