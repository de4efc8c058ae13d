namespace L4Proxy.ControlPlane.KernelRules;

/// <summary>What the kernel is to be told at one moment, both families. Immutable.</summary>
/// <param name="IPv4">IPv4.</param>
/// <param name="IPv6">IPv6; a host without IPv6 has no Service in it.</param>
public sealed record RulesState(FamilyRules IPv4, FamilyRules IPv6)
{
    public IEnumerable<FamilyRules> Families => [IPv4, IPv6];
}
