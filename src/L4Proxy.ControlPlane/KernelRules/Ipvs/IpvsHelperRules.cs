using System.Collections.Immutable;
using System.Globalization;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>
/// The rules of iptables beside IPVS: as many for ten thousand Services as for one, because they ask sets. Written as iptables-save
/// writes them.
/// </summary>
internal sealed class IpvsHelperRules
{
    private readonly ImmutableDictionary<string, ImmutableArray<string>> _rules;

    /// <summary>Rules of one family.</summary>
    /// <param name="options">Marks.</param>
    /// <param name="isIPv6">The family.</param>
    /// <param name="knowsPods">Whether Pods can be told from clients outside; when not, only the host itself is inside.</param>
    public IpvsHelperRules(RulesOptions options, bool isIPv6, bool knowsPods)
    {
        string Match(string set, string fields) => $"-m set --match-set {IpvsNames.Set(isIPv6, set)} {fields}";
        string NoMatch(string set, string fields) => $"-m set ! --match-set {IpvsNames.Set(isIPv6, set)} {fields}";
        string mark = string.Create(CultureInfo.InvariantCulture, $"0x{options.MasqueradeMark:x}");
        string masquerade = $"-j MARK --set-xmark {mark}/{mark}";
        const string FromHost = "-m addrtype --src-type LOCAL";
        const string NotFromHost = "-m addrtype ! --src-type LOCAL";
        string refuse = isIPv6 ? "-j REJECT --reject-with icmp6-port-unreachable" : "-j REJECT --reject-with icmp-port-unreachable";

        string cluster = Match(IpvsNames.Cluster, "dst,dst");
        _rules = new Dictionary<string, ImmutableArray<string>>(StringComparer.Ordinal)
        {
            [IpvsNames.ServicesChain] =
            [
                .. options.MasqueradeAll
                    ? [$"{cluster} {masquerade}"]
                    // What the host itself sends has the Service's address as its source, which leads no answer back here.
                    : knowsPods ? [$"{cluster} {NoMatch(IpvsNames.Pods, "src")} {masquerade}"]
                    : new[] { $"{cluster} {FromHost} {masquerade}" },
                $"{Match(IpvsNames.External, "dst,dst")} {masquerade}",
                $"{Match(IpvsNames.Local, "dst,dst")} {FromHost} {masquerade}",
            ],
            [IpvsNames.PostroutingChain] =
            [
                $"{Match(IpvsNames.Hairpin, "dst,dst,src")} -j MASQUERADE",
                $"-m mark ! --mark {mark}/{mark} -j RETURN",

                // Such a packet may come through here again, and is not to be masqueraded twice.
                $"-j MARK --set-xmark {mark}/0x0",
                "-j MASQUERADE --random-fully",
            ],
            [IpvsNames.FirewallChain] =
            [
                $"{Match(IpvsNames.Drop, "dst,dst")} -j DROP",
                $"{Match(IpvsNames.DropOutside, "dst,dst")} {NoMatch(IpvsNames.Pods, "src")} {NotFromHost} -j DROP",
                $"{Match(IpvsNames.Restricted, "dst,dst")} {NoMatch(IpvsNames.Allowed, "dst,dst,src")} -j DROP",
            ],
            [IpvsNames.InputChain] =
            [
                $"{Match(IpvsNames.Servers, "dst,dst")} -j RETURN",
                $"{Match(IpvsNames.Addresses, "dst")} {refuse}",
            ],
            [IpvsNames.ForwardChain] =
            [
                "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
            ],
        }.ToImmutableDictionary(StringComparer.Ordinal);
    }

    /// <summary>Tables with the chains in them.</summary>
    public static ImmutableArray<(string Table, ImmutableArray<string> Chains)> Tables { get; } =
    [
        ("mangle", [IpvsNames.FirewallChain]),
        ("nat", [IpvsNames.ServicesChain, IpvsNames.PostroutingChain]),
        ("filter", [IpvsNames.InputChain, IpvsNames.ForwardChain]),
    ];

    /// <summary>What leads from the kernel's chains to ours: table, chain, and the rule. Only the first packet of a connection matters.</summary>
    public static ImmutableArray<(string Table, string Chain, string Rule)> Jumps { get; } =
    [
        ("mangle", "PREROUTING", $"-m conntrack --ctstate NEW -j {IpvsNames.FirewallChain}"),
        ("mangle", "OUTPUT", $"-m conntrack --ctstate NEW -j {IpvsNames.FirewallChain}"),
        ("nat", "PREROUTING", $"-j {IpvsNames.ServicesChain}"),
        ("nat", "OUTPUT", $"-j {IpvsNames.ServicesChain}"),
        ("nat", "POSTROUTING", $"-j {IpvsNames.PostroutingChain}"),
        ("filter", "INPUT", $"-m conntrack --ctstate NEW -j {IpvsNames.InputChain}"),
        ("filter", "FORWARD", $"-j {IpvsNames.ForwardChain}"),
    ];

    /// <summary>Input of <c>iptables-restore --noflush</c>: our chains as they ought to be, and the jumps that are missing.</summary>
    public string Restore(IReadOnlySet<(string Table, string Chain, string Rule)> present) => Text((table, chains) =>
    [
        .. chains.Select(c => $":{c} - [0:0]"),
        .. Jumps.Where(j => j.Table == table && !present.Contains(j)).Select(j => $"-I {j.Chain} 1 {j.Rule}"),
        .. chains.SelectMany(c => _rules[c].Select(r => $"-A {c} {r}")),
    ]);

    /// <summary>Input that removes all of it.</summary>
    public static string Removal(IReadOnlySet<(string Table, string Chain, string Rule)> present, IReadOnlySet<string> chains) =>
        Text((table, own) =>
        [
            .. own.Where(chains.Contains).Select(c => $":{c} - [0:0]"),
            .. Jumps.Where(j => j.Table == table && present.Contains(j)).Select(j => $"-D {j.Chain} {j.Rule}"),
            .. own.Where(chains.Contains).Select(c => $"-X {c}"),
        ]);

    /// <summary>What <c>iptables-save</c> says of it when all is there.</summary>
    public IEnumerable<string> Lines() => Tables.SelectMany(t => t.Chains.SelectMany(c => _rules[c].Select(r => $"{t.Table}: -A {c} {r}")))
        .Concat(Jumps.Select(j => $"{j.Table}: -A {j.Chain} {j.Rule}"));

    private static string Text(Func<string, ImmutableArray<string>, IReadOnlyList<string>> linesOf)
    {
        List<string> text = [];
        foreach ((string table, ImmutableArray<string> chains) in Tables)
        {
            IReadOnlyList<string> lines = linesOf(table, chains);
            if (lines.Count > 0)
            {
                text.Add($"*{table}");
                text.AddRange(lines);
                text.Add("COMMIT");
            }
        }

        return text.Count == 0 ? "" : string.Join('\n', text) + '\n';
    }
}
