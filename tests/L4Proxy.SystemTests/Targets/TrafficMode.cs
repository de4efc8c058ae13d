namespace L4Proxy.SystemTests.Targets;

/// <summary>Who carries connections to Services, and what brings them there.</summary>
public enum TrafficMode
{
    Iptables,
    Nftables,
    Ipvs,

    /// <summary>The proxy, with rules of iptables that bring it the traffic.</summary>
    CaptureIptables,

    /// <summary>The proxy, with rules of nftables that bring it the traffic.</summary>
    CaptureNftables,

    /// <summary>The proxy, on the Services' own addresses, which routes make this host's.</summary>
    CaptureLocal,
}
