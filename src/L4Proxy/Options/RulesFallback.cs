namespace L4Proxy.Options;

/// <summary>What is done where the host cannot run a mode.</summary>
internal enum RulesFallback : byte
{
    /// <summary>The process ends and says why.</summary>
    None,

    /// <summary>The mode iptables is taken, and a warning says so.</summary>
    Iptables,
}
