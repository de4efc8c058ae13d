using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>What balancing has once: the jumps from built-in chains, and the chains that do not grow with the number of Services. Pure.</summary>
internal static class CommonChains
{
    private const string New = "-m conntrack --ctstate NEW ";

    /// <summary>Chains that Services add rules to.</summary>
    public static readonly ImmutableArray<(IptablesTable Table, string Name)> Shared =
    [
        (IptablesTable.Filter, ChainNames.ExternalServices),
        (IptablesTable.Filter, ChainNames.HealthChecks),
        (IptablesTable.Filter, ChainNames.NodePorts),
        (IptablesTable.Filter, ChainNames.ProxyFirewall),
        (IptablesTable.Filter, ChainNames.Services),
        (IptablesTable.Nat, ChainNames.NodePorts),
        (IptablesTable.Nat, ChainNames.Services),
    ];

    /// <summary>In the order in which each built-in chain has them, before all rules of others.</summary>
    public static readonly ImmutableArray<ChainRule> Jumps =
    [
        Jump(IptablesTable.Filter, "INPUT", "", "l4proxy loopback guard", ChainNames.Firewall),
        Jump(IptablesTable.Filter, "INPUT", New, "l4proxy load balancer firewall", ChainNames.ProxyFirewall),
        Jump(IptablesTable.Filter, "INPUT", "", "l4proxy health check node ports", ChainNames.HealthChecks),
        Jump(IptablesTable.Filter, "INPUT", New, "l4proxy unserved external addresses", ChainNames.ExternalServices),
        Jump(IptablesTable.Filter, "FORWARD", New, "l4proxy load balancer firewall", ChainNames.ProxyFirewall),
        Jump(IptablesTable.Filter, "FORWARD", "", "l4proxy forwarding rules", ChainNames.Forward),
        Jump(IptablesTable.Filter, "FORWARD", New, "l4proxy unserved cluster IPs", ChainNames.Services),
        Jump(IptablesTable.Filter, "FORWARD", New, "l4proxy unserved external addresses", ChainNames.ExternalServices),
        Jump(IptablesTable.Filter, "OUTPUT", "", "l4proxy loopback guard", ChainNames.Firewall),
        Jump(IptablesTable.Filter, "OUTPUT", New, "l4proxy load balancer firewall", ChainNames.ProxyFirewall),
        Jump(IptablesTable.Filter, "OUTPUT", New, "l4proxy unserved cluster IPs", ChainNames.Services),
        Jump(IptablesTable.Nat, "PREROUTING", "", "l4proxy services", ChainNames.Services),
        Jump(IptablesTable.Nat, "OUTPUT", "", "l4proxy services", ChainNames.Services),
        Jump(IptablesTable.Nat, "POSTROUTING", "", "l4proxy masquerading", ChainNames.Postrouting),
    ];

    /// <summary>Chains that depend on options and networks alone.</summary>
    public static ImmutableArray<Chain> Fixed(RuleContext context, RulesOptions options)
    {
        string mark = RuleText.Mark(options.MasqueradeMark);
        return
        [
            new(IptablesTable.Filter, ChainNames.Firewall, Guard(context, options)),
            new(IptablesTable.Filter, ChainNames.Forward,
            [
                // What conntrack takes for no part of a connection is not translated, and would make its receiver reset it.
                "-m conntrack --ctstate INVALID -j DROP",
                $"-m comment --comment \"l4proxy forwarding rules\" -m mark --mark {mark}/{mark} -j ACCEPT",
                "-m comment --comment \"l4proxy forwarding rules\" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
            ]),
            new(IptablesTable.Nat, ChainNames.MarkMasq, [$"-j MARK --set-xmark {mark}/{mark}"]),
            new(IptablesTable.Nat, ChainNames.MasqOutside, MasqueradeOutside(context, options)),
            new(IptablesTable.Nat, ChainNames.Postrouting,
            [
                $"-m mark ! --mark {mark}/{mark} -j RETURN",

                // The mark goes, so that nobody takes it for his when the packet passes here once more, out of a tunnel.
                $"-j MARK --set-xmark {mark}/0x0",
                "-m comment --comment \"l4proxy masquerading\" -j MASQUERADE --random-fully",
            ]),
        ];
    }

    /// <summary>
    /// Rules after those of all Services: the ways to node ports, which must come after everything with an address, and those that admit health
    /// checks.
    /// </summary>
    public static IEnumerable<ChainRule> Last(FamilyRules rules, RulesOptions options, RuleContext context)
    {
        const string comment = "-m comment --comment \"l4proxy node ports, the last of this chain\" ";
        bool hasLocalhost = options.LocalhostNodePorts && !rules.IsIPv6;
        List<string> matches = [];
        if (rules.NodePortsOnAllAddresses)
        {
            matches.Add($"{(hasLocalhost ? "" : $"! -d {context.Loopback} ")}{comment}-m addrtype --dst-type LOCAL ");
        }
        else
        {
            matches.AddRange(rules.NodePortAddresses
                .Where(a => hasLocalhost || !IPAddress.IsLoopback(a))
                .Select(a => $"-d {RuleText.Host(a)} {comment}"));
        }

        foreach (string match in matches)
        {
            yield return new ChainRule(IptablesTable.Filter, ChainNames.ExternalServices, $"{match}-j {ChainNames.NodePorts}");
            yield return new ChainRule(IptablesTable.Nat, ChainNames.Services, $"{match}-j {ChainNames.NodePorts}");
        }

        foreach (HealthCheckPort check in rules.HealthCheckPorts)
        {
            string text = context.Comment($"{check.Service} health check node port");
            yield return new ChainRule(
                IptablesTable.Filter,
                ChainNames.HealthChecks,
                string.Create(CultureInfo.InvariantCulture, $"-p tcp {text}-m tcp --dport {check.Port} -j ACCEPT"));
        }
    }

    /// <summary>CVE-2020-8558: with route_localnet neighbours reach what listens on 127.0.0.1, unless packets of theirs are dropped.</summary>
    private static ImmutableArray<string> Guard(RuleContext context, RulesOptions options) => context.IsIPv6 || !options.LocalhostNodePorts ? [] :
    [
        $"! -s {context.Loopback} -d {context.Loopback} -m comment --comment \"block incoming localnet connections\" "
            + "-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP",
    ];

    private static ImmutableArray<string> MasqueradeOutside(RuleContext context, RulesOptions options)
    {
        if (options.MasqueradeAll)
        {
            return [$"-j {ChainNames.MarkMasq}"];
        }

        // Nobody can tell who is outside when nobody knows who is inside.
        string[] pods = [.. context.Pods.Select(network => $"{RuleText.From(network)}-j RETURN")];
        return pods.Length == 0 ? [] : [.. pods, $"-j {ChainNames.MarkMasq}"];
    }

    private static ChainRule Jump(IptablesTable table, string from, string match, string comment, string to) =>
        new(table, from, $"{match}-m comment --comment \"{comment}\" -j {to}");
}
