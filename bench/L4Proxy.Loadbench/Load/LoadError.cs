namespace L4Proxy.Loadbench.Load;

/// <summary>Classes of errors, as clients see them.</summary>
internal enum LoadError
{
    /// <summary>Connecting was refused, or there is no way to the target.</summary>
    Refused,

    /// <summary>Connecting or an exchange took longer than the plan allows.</summary>
    Timeout,

    /// <summary>Connecting or an exchange was under way at the end of the load, and still was after the plan's grace.</summary>
    Stalled,

    /// <summary>The connection was reset while an exchange was under way.</summary>
    Reset,

    /// <summary>The connection was closed before the answer was whole.</summary>
    ClosedEarly,

    /// <summary>A connection that had nothing under way was closed or reset.</summary>
    LostIdle,

    /// <summary>The answer is not what was asked for.</summary>
    WrongAnswer,

    /// <summary>The generator's own system said no: local ports, descriptors, memory, an address that it cannot use.</summary>
    Local,
}
