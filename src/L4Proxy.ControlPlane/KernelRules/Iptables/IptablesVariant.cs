namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>The two kernels' interfaces behind the name iptables. Rules of one are not seen by the tools of the other, and packets pass both.</summary>
internal enum IptablesVariant
{
    /// <summary>Whatever this host calls <c>iptables-restore</c>.</summary>
    Host,

    /// <summary>nf_tables: <c>iptables-nft-restore</c>.</summary>
    Nft,

    /// <summary>ip_tables: <c>iptables-legacy-restore</c>.</summary>
    Legacy,
}
