namespace L4Proxy.ControlPlane.KernelRules.Life;

/// <summary>The ways of telling the kernel.</summary>
public enum RulesBackendKind : byte
{
    /// <summary>Balancing by nftables.</summary>
    Nftables,

    /// <summary>Balancing by iptables.</summary>
    Iptables,

    /// <summary>Balancing by IPVS.</summary>
    Ipvs,

    /// <summary>nftables rules that bring traffic to the proxy.</summary>
    CaptureNftables,

    /// <summary>iptables rules that bring traffic to the proxy.</summary>
    CaptureIptables,

    /// <summary>Routes that make addresses of Services local.</summary>
    LocalRoutes,
}
