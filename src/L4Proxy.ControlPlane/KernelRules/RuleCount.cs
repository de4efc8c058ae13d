namespace L4Proxy.ControlPlane.KernelRules;

/// <summary>How many rules of ours a table of iptables has, jumps from built-in chains not counted, as kube-proxy counts its own.</summary>
/// <param name="Family"><c>IPv4</c> or <c>IPv6</c>.</param>
/// <param name="Table"><c>filter</c> or <c>nat</c>.</param>
/// <param name="Total">All of them.</param>
/// <param name="Written">Those of them that the last application wrote.</param>
public readonly record struct RuleCount(string Family, string Table, int Total, int Written);
