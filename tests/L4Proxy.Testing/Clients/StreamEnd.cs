namespace L4Proxy.Testing.Clients;

/// <summary>How a peer's stream ended.</summary>
public enum StreamEnd
{
    /// <summary>FIN: everything that was sent has arrived.</summary>
    Finished,

    /// <summary>RST.</summary>
    Reset,
}
