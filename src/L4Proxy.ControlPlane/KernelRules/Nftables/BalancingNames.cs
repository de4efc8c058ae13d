namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>Sets, maps and chains of balancing by nftables that Service ports put elements into or lead packets to.</summary>
internal static class BalancingNames
{
    /// <summary>From an address, protocol and port to what becomes of packets to it.</summary>
    public const string ServiceIPs = "service-ips";

    /// <summary>From a protocol and node port to what becomes of packets to it.</summary>
    public const string ServiceNodePorts = "service-nodeports";

    /// <summary>From an external address, protocol and port to the endpoints of the cluster.</summary>
    public const string ExternalIPs = "external-ips";

    public const string ExternalNodePorts = "external-nodeports";

    /// <summary>From an external address, protocol and port of a Local policy to the endpoints of this node.</summary>
    public const string LocalIPs = "local-ips";

    public const string LocalNodePorts = "local-nodeports";

    /// <summary>From an address, protocol and port without endpoints to drop or reject.</summary>
    public const string NoEndpointIPs = "no-endpoint-services";

    public const string NoEndpointNodePorts = "no-endpoint-nodeports";

    /// <summary>From an address, protocol and port to a chain that drops what may not come.</summary>
    public const string FirewallIPs = "firewall-ips";

    /// <summary>Endpoints of this node, each as the source and destination of a connection to itself.</summary>
    public const string Hairpin = "hairpin-connections";

    /// <summary>External addresses whose connections are masqueraded and go to any endpoint.</summary>
    public const string External = "external";

    /// <summary>The same of a Local policy: clients from outside get endpoints of this node and are not masqueraded.</summary>
    public const string ExternalLocal = "external-local";

    public const string ExternalNodePort = "nodeport-external";

    public const string ExternalLocalNodePort = "nodeport-external-local";
}
