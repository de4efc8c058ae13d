namespace L4Proxy.Loadbench.Load;

/// <summary>Where a run is.</summary>
internal enum LoadPhase
{
    /// <summary>Connections are being opened; there may be load already, at no fixed rate.</summary>
    Opening,

    /// <summary>There is load as planned, and nothing counts.</summary>
    WarmUp,

    Counting,

    Over,
}
