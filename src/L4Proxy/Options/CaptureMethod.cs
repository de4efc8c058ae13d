namespace L4Proxy.Options;

/// <summary>What brings the traffic of the Services' own addresses to this process.</summary>
internal enum CaptureMethod : byte
{
    /// <summary>Nothing: clients use the addresses that it listens on.</summary>
    None,

    /// <summary>Routes that make the addresses local, so that it listens on them.</summary>
    Local,

    /// <summary>iptables rules and ipsets.</summary>
    Iptables,

    /// <summary>nftables rules.</summary>
    Nftables,
}
