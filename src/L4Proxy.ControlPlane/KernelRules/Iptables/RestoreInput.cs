using System.Globalization;
using System.Text;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>
/// Input of <c>iptables-restore --noflush</c>. Each table is one transaction of the kernel's. Chains that go are emptied first, so that they
/// may jump to each other.
/// </summary>
internal sealed class RestoreInput
{
    private readonly Section[] _sections = [.. Enum.GetValues<IptablesTable>().Select(_ => new Section())];

    public bool IsEmpty => Array.TrueForAll(_sections, s => s.IsEmpty);

    /// <summary>Lines, more or less: what the tool's time depends on.</summary>
    public int Lines { get; private set; }

    /// <summary>Makes a chain, or empties it, and fills it.</summary>
    public void Write(Chain chain)
    {
        Empty(chain.Table, chain.Name);
        foreach (string rule in chain.Rules)
        {
            Add(chain.Table, $"-A {chain.Name} {rule}");
        }
    }

    public void Remove(IptablesTable table, string chain)
    {
        Empty(table, chain);
        Line(_sections[(int)table].Removals, $"-X {chain}");
    }

    /// <summary>Makes a chain without rules, or empties it.</summary>
    public void Empty(IptablesTable table, string chain) => Line(_sections[(int)table].Chains, $":{chain} - [0:0]");

    public void Append(ChainRule rule) => Add(rule.Table, $"-A {rule.Chain} {rule.Rule}");

    /// <summary>Puts a rule before all others of its chain.</summary>
    public void Prepend(ChainRule rule) => Add(rule.Table, $"-I {rule.Chain} 1 {rule.Rule}");

    public void Delete(ChainRule rule) => Add(rule.Table, $"-D {rule.Chain} {rule.Rule}");

    /// <summary>Fails unless the rule is there, and changes nothing.</summary>
    public void Check(ChainRule rule) => Add(rule.Table, $"-C {rule.Chain} {rule.Rule}");

    /// <summary>Removes a built-in chain, which is an object of its own in the nft variant alone.</summary>
    public void RemoveBuiltIn(IptablesTable table, string chain) => Line(_sections[(int)table].Removals, $"-X {chain}");

    public override string ToString()
    {
        StringBuilder text = new();
        foreach (IptablesTable table in Enum.GetValues<IptablesTable>())
        {
            Section section = _sections[(int)table];
            if (!section.IsEmpty)
            {
                text.Append(CultureInfo.InvariantCulture, $"*{SavedTables.NameOf(table)}\n")
                    .Append(section.Chains).Append(section.Rules).Append(section.Removals).Append("COMMIT\n");
            }
        }

        return text.ToString();
    }

    private void Add(IptablesTable table, string line) => Line(_sections[(int)table].Rules, line);

    private void Line(StringBuilder text, string line)
    {
        text.Append(line).Append('\n');
        Lines++;
    }

    private sealed class Section
    {
        public StringBuilder Chains { get; } = new();

        public StringBuilder Rules { get; } = new();

        public StringBuilder Removals { get; } = new();

        public bool IsEmpty => Chains.Length + Rules.Length + Removals.Length == 0;
    }
}
