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
}
