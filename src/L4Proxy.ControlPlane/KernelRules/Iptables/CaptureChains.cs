using System.Collections.Immutable;
using L4Proxy.ControlPlane.KernelRules.Routes;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>The few rules of capturing; what is captured is in sets. Pure.</summary>
internal static class CaptureChains
{
    private const string Comment = "-m comment --comment ";

    private static readonly ChainRule[] s_capture =
    [
        Jump(IptablesTable.Nat, "PREROUTING", "l4proxy capture", ChainNames.Capture),
        Jump(IptablesTable.Nat, "OUTPUT", "l4proxy capture", ChainNames.Capture),
        Jump(IptablesTable.Filter, "INPUT", "l4proxy unserved addresses", ChainNames.CaptureRefused),
        Jump(IptablesTable.Filter, "FORWARD", "l4proxy unserved addresses", ChainNames.CaptureRefused),
        Jump(IptablesTable.Filter, "OUTPUT", "l4proxy unserved addresses", ChainNames.CaptureRefused),
    ];

    private static readonly ChainRule[] s_return =
        [Jump(IptablesTable.Mangle, "PREROUTING", "l4proxy answers to clients", ChainNames.CaptureReturn)];

    public static IReadOnlyList<ChainRule> Jumps(RulesOptions options) => options.TransparentSource ? [.. s_capture, .. s_return] : s_capture;

    public static ImmutableArray<Chain> Chains(FamilyRules rules, RulesOptions options)
    {
        CaptureSets sets = new(rules.IsIPv6);
        ImmutableArray<Chain> chains =
        [
            new(IptablesTable.Filter, ChainNames.CaptureRefused,
                [$"-p tcp -m set --match-set {sets.Refused} dst,dst -j REJECT --reject-with tcp-reset"]),
            new(IptablesTable.Nat, ChainNames.Capture, Capture(rules, options, sets)),
        ];
        return options.TransparentSource ? chains.Add(Return(options)) : chains;
    }

    private static ImmutableArray<string> Capture(FamilyRules rules, RulesOptions options, CaptureSets sets)
    {
        string target = $"-j DNAT --to-destination {CaptureLanding.Destination(rules.IsIPv6, options.CapturePort)}";
        string nodePort = $"-m set --match-set {sets.NodePorts} dst {target}";
        return
        [
            $"-p tcp -m set --match-set {sets.Capture} dst,dst {target}",
            .. rules.NodePortsOnAllAddresses
                ? [$"-p tcp -m addrtype --dst-type LOCAL {nodePort}"]
                : rules.NodePortAddresses.Select(a => $"-d {RuleText.Host(a)} -p tcp {nodePort}"),
        ];
    }

    /// <summary>Without --nowildcard listeners on all addresses are left out, so that only connections of the proxy's own are matched.</summary>
    private static Chain Return(RulesOptions options)
    {
        string mark = RuleText.Mark(PolicyRouting.MarkOf(options));
        return new(IptablesTable.Mangle, ChainNames.CaptureReturn, [$"-p tcp -m socket --transparent -j MARK --set-xmark {mark}/{mark}"]);
    }

    private static ChainRule Jump(IptablesTable table, string from, string comment, string to) =>
        new(table, from, $"-p tcp {Comment}\"{comment}\" -j {to}");
}
