namespace L4Proxy.ControlPlane.Translation;

/// <summary>Where Service ports listen.</summary>
public enum ListenMode : byte
{
    /// <summary>
    /// On their own addresses as far as this host can bind them, else on the bind address with the port's own number;
    /// node ports too. For manifests.
    /// </summary>
    OwnAddresses,

    /// <summary>
    /// Node ports on the node-port addresses; everything else on proxy ports of the bind address, one per Service
    /// port and one more for each further rule about clients. For a node of a cluster.
    /// </summary>
    ProxyPorts,

    /// <summary>On the bind address with the port's own number, and nowhere else. For a sidecar.</summary>
    BindAddress,

    /// <summary>
    /// On the Services' own addresses, every one of which this host has or is given by a route, and node ports on the
    /// node-port addresses.
    /// </summary>
    ServiceAddresses,

    /// <summary>
    /// Nowhere: frontends are the Services' own addresses and the node ports, and packet rules bring their clients to a capture
    /// listener, or balance them in the kernel.
    /// </summary>
    Captured,
}
