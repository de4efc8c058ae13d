namespace L4Proxy.DataPlane.Services;

/// <summary>How IPVS chooses an endpoint, where the kernel balances with it; ipvsadm(8) describes each.</summary>
public enum IpvsScheduler : byte
{
    /// <summary>rr: each in turn.</summary>
    RoundRobin,

    /// <summary>wrr: each in turn, in proportion to the weights.</summary>
    WeightedRoundRobin,

    /// <summary>lc: the fewest connections.</summary>
    LeastConnections,

    /// <summary>wlc: the fewest connections for its weight.</summary>
    WeightedLeastConnections,

    /// <summary>lblc: one endpoint per destination while it is not overloaded; all clients of a Service have the same destination.</summary>
    LocalityLeastConnections,

    /// <summary>lblcr: the same with a set of endpoints.</summary>
    LocalityLeastConnectionsReplicated,

    /// <summary>sh: by the client's address.</summary>
    SourceHash,

    /// <summary>dh: by the Service's address.</summary>
    DestinationHash,

    /// <summary>sed: the shortest expected delay.</summary>
    ShortestExpectedDelay,

    /// <summary>nq: an idle endpoint, else the shortest expected delay.</summary>
    NeverQueue,

    /// <summary>mh: by the client's address and port over a Maglev table.</summary>
    MaglevHash,
}
