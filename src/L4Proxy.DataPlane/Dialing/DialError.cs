namespace L4Proxy.DataPlane.Dialing;

/// <summary>How one attempt to connect failed.</summary>
internal enum DialError : byte
{
    /// <summary>ECONNREFUSED or a reset during the handshake: the endpoint said no.</summary>
    Refused,

    /// <summary>No route, host down, or forbidden by a firewall rule: an answer about the endpoint.</summary>
    Unreachable,

    /// <summary>The kernel gave up (ETIMEDOUT).</summary>
    TimedOut,

    /// <summary>No local port is free towards this endpoint (EADDRNOTAVAIL): not the endpoint's fault.</summary>
    NoLocalPort,

    /// <summary>The endpoint left the Service while it was dialled: it gets no new connection, and no blame.</summary>
    EndpointLeft,

    /// <summary>Descriptors or memory ran out: no other endpoint would do better.</summary>
    NoResources,
}
