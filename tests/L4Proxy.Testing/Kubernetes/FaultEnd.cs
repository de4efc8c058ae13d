namespace L4Proxy.Testing.Kubernetes;

/// <summary>How an answer ends before its time.</summary>
public enum FaultEnd
{
    /// <summary>RST.</summary>
    Reset,

    /// <summary>FIN.</summary>
    Close,

    /// <summary>Nothing: open and silent until the client or the server goes.</summary>
    Stall,
}
