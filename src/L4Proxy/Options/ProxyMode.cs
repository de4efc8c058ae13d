namespace L4Proxy.Options;

/// <summary>Who carries the connections.</summary>
internal enum ProxyMode : byte
{
    /// <summary>This process.</summary>
    Userspace,

    /// <summary>The kernel, by iptables rules.</summary>
    Iptables,

    /// <summary>The kernel, by nftables rules.</summary>
    Nftables,

    /// <summary>The kernel, by IPVS.</summary>
    Ipvs,
}
