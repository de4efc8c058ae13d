namespace L4Proxy.Loadbench.Load;

/// <summary>Where a run is.</summary>
internal enum LoadPhase
{
    /// <summary>Connections are being opened; there may be load already, at no fixed rate.</summary>
    Opening,

    /// <summary>There is load as planned, and nothing counts.</summary>
    WarmUp,

    Counting,

    /// <summary>Nothing begins any more. What is under way may end, and all connections stay: others read their counters.</summary>
    Draining,

    /// <summary>As before, and who has nothing under way is done.</summary>
    Closing,

    /// <summary>Given up; what was counted is of no use.</summary>
    Over,
}
