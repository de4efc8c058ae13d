namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>One rule of a chain that has other rules, too: of a chain that Services share, or of a built-in one.</summary>
internal sealed record ChainRule(IptablesTable Table, string Chain, string Rule);
