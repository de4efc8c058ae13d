namespace L4Proxy.Loadbench.Load;

/// <summary>What a connection of the generator does.</summary>
internal enum ClientPhase
{
    /// <summary>There is no socket.</summary>
    Closed,

    /// <summary>It connects in order to stay, which is part of no operation.</summary>
    Opening,

    /// <summary>It connects as the first part of an operation.</summary>
    Connecting,

    /// <summary>A request or its answer is under way.</summary>
    Exchanging,

    /// <summary>It is open, and has nothing to do.</summary>
    Idle,
}
