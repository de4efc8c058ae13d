namespace L4Proxy.ControlPlane.KernelRules.Life;

/// <summary>What some ways of telling the kernel have in common, so that removing one's part could take another's.</summary>
[Flags]
internal enum SharedState : byte
{
    None,

    /// <summary>Tables and built-in chains of iptables, and the remarks which of them were made by us.</summary>
    IptablesTables = 1,

    /// <summary>The route and the rule that lead answers to clients back to a transparent proxy.</summary>
    PolicyRouting = 2,

    /// <summary>Addresses of Services, as this host's own.</summary>
    LocalAddresses = 4,
}
