using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Balancing;

/// <summary>
/// A <see cref="ServiceEntry"/> joined with the states of its endpoints: immutable, what a dial reads once per
/// decision. Made by <see cref="ServiceBinder"/>, held by <see cref="ServiceState"/>.
/// </summary>
internal sealed record BoundService
{
    public required ServiceEntry Entry { get; init; }

    /// <summary>States of the usable endpoints, in the entry's order.</summary>
    public required EndpointState[] Endpoints { get; init; }

    /// <summary>
    /// States to be found again when their address comes back: of all endpoints listed, usable or not, and of those
    /// that left while they carry connections.
    /// </summary>
    public required EndpointState[] Known { get; init; }

    /// <summary>
    /// The usable endpoints that may get new connections: those with a weight, or all when none has one. Passive
    /// ejection and health only choose among these.
    /// </summary>
    public required EndpointState[] Eligible { get; init; }

    /// <summary>Weights of <see cref="Eligible"/>, all positive.</summary>
    public required int[] Weights { get; init; }

    /// <summary>What the policy chooses from at the moment.</summary>
    public required EndpointPool Pool { get; init; }

    public required IPickPolicy Policy { get; init; }

    /// <summary>The pins of the Service port's clients; null without affinity.</summary>
    public required AffinityTable? Affinity { get; init; }

    public long AffinityTimeoutMs => (long)Entry.Options.Affinity.Timeout.TotalMilliseconds;

    /// <summary>The same with the pool that follows from the endpoints' health and ejection marks as they are now.</summary>
    public BoundService WithCurrentPool()
    {
        EndpointPool pool = EndpointPool.Build(Eligible, Weights, Pool.Cursor, Pool);
        return ReferenceEquals(pool, Pool) ? this : this with { Pool = pool };
    }
}
