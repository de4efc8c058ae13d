using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>What iptables-save printed, as far as it concerns us: our chains, and rules of built-in chains. Immutable.</summary>
internal sealed class SavedTables
{
    public const string OwnPrefix = "L4P-";

    private static readonly string[] s_names = ["filter", "nat", "mangle"];

    private readonly Dictionary<(IptablesTable Table, string Chain), List<string>> _own = [];
    private readonly Dictionary<(IptablesTable Table, string Chain), List<string>> _others = [];
    private readonly HashSet<IptablesTable> _tables = [];

    private SavedTables()
    {
    }

    /// <summary>Our chains by any of our backends, in the order of the listing.</summary>
    public IEnumerable<(IptablesTable Table, string Chain)> OwnChains => _own.Keys;

    public static string NameOf(IptablesTable table) => s_names[(int)table];

    public static SavedTables Parse(string saved)
    {
        SavedTables result = new();
        IptablesTable? table = null;
        foreach (ReadOnlySpan<char> line in saved.AsSpan().EnumerateLines())
        {
            if (line.StartsWith("*"))
            {
                int index = Array.IndexOf(s_names, line[1..].Trim().ToString());
                table = index < 0 ? null : (IptablesTable)index;
                _ = table is not { } known || result._tables.Add(known);
            }
            else if (table is { } current)
            {
                result.Read(current, line);
            }
        }

        return result;
    }

    public bool HasTable(IptablesTable table) => _tables.Contains(table);

    public bool Has(IptablesTable table, string chain) => _own.ContainsKey((table, chain));

    /// <summary>Rules of one of our chains; null when it is not there.</summary>
    public IReadOnlyList<string>? RulesOf(IptablesTable table, string chain) => _own.GetValueOrDefault((table, chain));

    /// <summary>Whether a table has nothing but built-in chains with their default policy, and perhaps chains of the given kind without rules.</summary>
    public bool IsBare(IptablesTable table, Predicate<string> butFor) =>
        !_others.Any(o => o.Key.Table == table) && !_own.Any(o => o.Key.Table == table && (!butFor(o.Key.Chain) || o.Value.Count > 0));

    /// <summary>Whether a built-in chain has no rule and lets everything through.</summary>
    public bool IsBareBuiltIn(IptablesTable table, string chain) => !_others.ContainsKey((table, chain));

    /// <summary>Rules of others' chains that jump to ours, in order.</summary>
    public IEnumerable<ChainRule> Jumps(Predicate<string> kind) =>
        from chain in _others
        from rule in chain.Value
        where TargetOf(rule) is { } target && kind(target)
        select new ChainRule(chain.Key.Table, chain.Key.Chain, rule);

    private static string? TargetOf(string rule)
    {
        // Our chains take no options, so that a jump to them is the end of a rule; a comment that looks like it ends with a quote.
        int space = rule.LastIndexOf(' ');
        return space > 0 && rule.AsSpan(space + 1).StartsWith(OwnPrefix) && rule.AsSpan(0, space).EndsWith("-j")
            ? rule[(space + 1)..] : null;
    }

    private void Read(IptablesTable table, ReadOnlySpan<char> line)
    {
        if (line.StartsWith(":"))
        {
            int end = line.IndexOf(' ');
            string name = line[1..(end < 0 ? line.Length : end)].ToString();
            bool isBare = end >= 0 && line[end..].StartsWith(" ACCEPT");
            if (name.StartsWith(OwnPrefix, StringComparison.Ordinal))
            {
                _own.TryAdd((table, name), []);
            }
            else if (!isBare)
            {
                _others.TryAdd((table, name), []);
            }
        }
        else if (line.StartsWith("-A ") && line[3..].IndexOf(' ') is > 0 and int length)
        {
            string chain = line.Slice(3, length).ToString();
            Dictionary<(IptablesTable Table, string Chain), List<string>> chains =
                chain.StartsWith(OwnPrefix, StringComparison.Ordinal) ? _own : _others;
            if (!chains.TryGetValue((table, chain), out List<string>? rules))
            {
                chains.Add((table, chain), rules = []);
            }

            rules.Add(line[(3 + length + 1)..].TrimEnd().ToString());
        }
    }

    /// <summary>Our chains of one kind with all their rules, and the jumps to them: what a listing is compared by.</summary>
    public ImmutableArray<ChainRule> RulesOf(Predicate<string> kind) =>
    [
        .. Jumps(kind),
        .. _own.Where(o => kind(o.Key.Chain)).SelectMany(o => o.Value.Select(rule => new ChainRule(o.Key.Table, o.Key.Chain, rule))),
    ];
}
