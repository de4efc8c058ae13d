namespace L4Proxy.DataPlane.Services;

/// <summary>How an endpoint is chosen for a new connection.</summary>
public enum BalanceMethod : byte
{
    /// <summary>Each endpoint in turn, exact over all event loops; honours weights.</summary>
    RoundRobin,

    /// <summary>Of two endpoints drawn without replacement, the one with fewer connections for its weight.</summary>
    LeastConnections,

    /// <summary>Uniform, or in proportion to the weights.</summary>
    Random,

    /// <summary>By client address over a Maglev table (Eisenbud et al., NSDI 2016); honours weights.</summary>
    SourceHash,
}
