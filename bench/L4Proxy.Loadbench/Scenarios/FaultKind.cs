namespace L4Proxy.Loadbench.Scenarios;

/// <summary>How an endpoint fails.</summary>
internal enum FaultKind
{
    /// <summary>Its process is gone: connecting is refused at once.</summary>
    Refused,

    /// <summary>Nothing answers at all, as when its host is gone: its backlog is full, and Linux drops what comes then.</summary>
    BlackHole,

    /// <summary>Its process hangs: the kernel still accepts for it, and nothing ever answers.</summary>
    Stopped,
}
