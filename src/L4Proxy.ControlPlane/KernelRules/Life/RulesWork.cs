namespace L4Proxy.ControlPlane.KernelRules.Life;

/// <summary>What is next to be done about rules.</summary>
internal enum RulesWork : byte
{
    /// <summary>Put the newest snapshot in force, at the cost of what changed.</summary>
    Apply,

    /// <summary>Write all rules anew.</summary>
    ApplyFully,

    /// <summary>Look whether they are still there.</summary>
    Check,
}
