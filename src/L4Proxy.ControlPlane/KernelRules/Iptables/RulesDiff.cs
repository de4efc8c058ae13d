using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>Compares rules that ought to be there with rules that are, without their comments and their order. Pure.</summary>
internal static partial class RulesDiff
{
    public static ImmutableArray<string> Of(IEnumerable<ChainRule> wanted, IEnumerable<ChainRule> there, bool isIPv6)
    {
        string tool = isIPv6 ? "ip6tables" : "iptables";
        Dictionary<string, int> balance = new(StringComparer.Ordinal);
        Count(wanted, -1);
        Count(there, +1);
        return
        [
            .. balance.Where(b => b.Value != 0)
                .Select(b => (Sign: b.Value < 0 ? '-' : '+', Line: b.Key))
                .OrderBy(d => d.Line, StringComparer.Ordinal)
                .Select(d => $"{d.Sign} {tool} {d.Line}"),
        ];

        void Count(IEnumerable<ChainRule> rules, int by)
        {
            foreach (ChainRule rule in rules)
            {
                string line = $"-t {SavedTables.NameOf(rule.Table)} -A {rule.Chain} {Comment().Replace(rule.Rule, "")}";
                balance[line] = balance.GetValueOrDefault(line) + by;
            }
        }
    }

    [GeneratedRegex("""-m comment --comment (?:"(?:[^"\\]|\\.)*"|[^ "]+) ?""", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Comment();
}
