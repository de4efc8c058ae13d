namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>How many rules of ours each table has, kept while plans are made.</summary>
internal sealed class RuleTotals
{
    private readonly int[] _rules = new int[Enum.GetValues<IptablesTable>().Length];

    public int this[IptablesTable table] => _rules[(int)table];

    public void Add(Chain chain) => _rules[(int)chain.Table] += chain.Rules.Length;

    public void Add(ChainRule rule) => _rules[(int)rule.Table]++;

    public void Remove(ChainRule rule) => _rules[(int)rule.Table]--;

    /// <summary>A Service port's rules take the place of others.</summary>
    public void Replace(ServiceChains old, ServiceChains @new)
    {
        Add(old, -1);
        Add(@new, 1);
    }

    private void Add(ServiceChains chains, int sign)
    {
        foreach (Chain chain in chains.Chains)
        {
            _rules[(int)chain.Table] += sign * chain.Rules.Length;
        }

        foreach (ChainRule rule in chains.Shared)
        {
            _rules[(int)rule.Table] += sign;
        }
    }
}
