using System.Globalization;
using System.Text;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>
/// Input of <c>iptables-restore --noflush</c>. Each table is one transaction of the kernel's, or a few where that is much cheaper. Chains
/// that go are emptied first, so that they may jump to each other.
/// </summary>
internal sealed class RestoreInput
{
    /// <summary>
    /// Chains after which a transaction may end. iptables-nft-restore 1.8 walks a list of all chains of a transaction for each of its
    /// lines: with 55,000 chains in one it takes a hundred times the time that it takes with 500.
    /// </summary>
    private const int ChainsOfPart = 500;

    private readonly List<Part>[] _tables = [.. Enum.GetValues<IptablesTable>().Select(_ => new List<Part>())];

    public bool IsEmpty => Lines == 0;

    /// <summary>Lines, more or less: what the tool's time depends on.</summary>
    public int Lines { get; private set; }

    /// <summary>Rules that it writes into a table.</summary>
    public int RulesOf(IptablesTable table) => _tables[(int)table].Sum(part => part.RuleCount);

    /// <summary>Makes a chain, or empties it, and fills it.</summary>
    public void Write(Chain chain)
    {
        Empty(chain.Table, chain.Name);
        foreach (string rule in chain.Rules)
        {
            AddRule(chain.Table, $"-A {chain.Name} {rule}");
        }
    }

    public void Remove(IptablesTable table, string chain)
    {
        Empty(table, chain);
        Line(Current(table).Removals, $"-X {chain}");
    }

    /// <summary>Makes a chain without rules, or empties it.</summary>
    public void Empty(IptablesTable table, string chain)
    {
        Part part = Current(table);
        part.ChainCount++;
        Line(part.Chains, $":{chain} - [0:0]");
    }

    public void Append(ChainRule rule) => AddRule(rule.Table, $"-A {rule.Chain} {rule.Rule}");

    /// <summary>Puts a rule before all others of its chain.</summary>
    public void Prepend(ChainRule rule) => AddRule(rule.Table, $"-I {rule.Chain} 1 {rule.Rule}");

    /// <summary>Puts a jump before all rules of a built-in chain; not counted by <see cref="RulesOf"/>.</summary>
    public void InsertJump(ChainRule jump) => Add(jump.Table, $"-I {jump.Chain} 1 {jump.Rule}");

    public void Delete(ChainRule rule) => Add(rule.Table, $"-D {rule.Chain} {rule.Rule}");

    /// <summary>Fails unless the rule is there, and changes nothing.</summary>
    public void Check(ChainRule rule) => Add(rule.Table, $"-C {rule.Chain} {rule.Rule}");

    /// <summary>Removes a built-in chain, which is an object of its own in the nft variant alone.</summary>
    public void RemoveBuiltIn(IptablesTable table, string chain) => Line(Current(table).Removals, $"-X {chain}");

    /// <summary>Says that what was added so far can be in force without what is added from now on.</summary>
    public void AllowCommit(IptablesTable table)
    {
        if (_tables[(int)table] is [.., { ChainCount: >= ChainsOfPart }] parts)
        {
            parts.Add(new Part());
        }
    }

    public override string ToString() => ToString(splits: false);

    /// <param name="splits">Whether a table may be more than one transaction.</param>
    public string ToString(bool splits)
    {
        StringBuilder text = new();
        foreach (IptablesTable table in Enum.GetValues<IptablesTable>())
        {
            List<Part> parts = _tables[(int)table];
            foreach (Part[] transaction in splits ? parts.Select(part => (Part[])[part]) : [[.. parts]])
            {
                Write(text, table, transaction);
            }
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, IptablesTable table, Part[] parts)
    {
        if (!Array.Exists(parts, part => part.Length > 0))
        {
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $"*{SavedTables.NameOf(table)}\n");
        foreach (Func<Part, StringBuilder> lines in (Func<Part, StringBuilder>[])[p => p.Chains, p => p.Rules, p => p.Removals])
        {
            foreach (Part part in parts)
            {
                text.Append(lines(part));
            }
        }

        text.Append("COMMIT\n");
    }

    private Part Current(IptablesTable table)
    {
        List<Part> parts = _tables[(int)table];
        if (parts.Count == 0)
        {
            parts.Add(new Part());
        }

        return parts[^1];
    }

    private void AddRule(IptablesTable table, string line)
    {
        Add(table, line);
        Current(table).RuleCount++;
    }

    private void Add(IptablesTable table, string line) => Line(Current(table).Rules, line);

    private void Line(StringBuilder text, string line)
    {
        text.Append(line).Append('\n');
        Lines++;
    }

    private sealed class Part
    {
        public StringBuilder Chains { get; } = new();

        public StringBuilder Rules { get; } = new();

        public StringBuilder Removals { get; } = new();

        public int ChainCount { get; set; }

        public int RuleCount { get; set; }

        public int Length => Chains.Length + Rules.Length + Removals.Length;
    }
}
