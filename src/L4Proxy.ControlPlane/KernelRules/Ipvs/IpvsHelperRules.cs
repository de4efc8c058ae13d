using System.Collections.Immutable;
using System.Globalization;
using L4Proxy.ControlPlane.KernelRules.Iptables;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>
/// The rules of iptables beside IPVS: as many for ten thousand Services as for one, because they ask sets. Written as iptables-save
/// writes them.
/// </summary>
internal sealed class IpvsHelperRules
{
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
        string refuse = isIPv6 ? "-j REJECT --reject-with icmp6-port-unreachable" : "-j REJECT --reject-with icmp-port-unreachable";
        string cluster = Match(IpvsNames.Cluster, "dst,dst");
        Chains =
        [
            new Chain(IptablesTable.Nat, IpvsNames.ServicesChain,
            [
                // What the host itself sends has the Service's address as its source, which leads no answer back here.
                options.MasqueradeAll ? $"{cluster} {masquerade}"
                    : knowsPods ? $"{cluster} {NoMatch(IpvsNames.Pods, "src")} {masquerade}"
                    : $"{cluster} {FromHost} {masquerade}",
                $"{Match(IpvsNames.External, "dst,dst")} {masquerade}",

                // The host's address among the Pods, their gateway, is a Pod's to everybody.
                $"{Match(IpvsNames.Local, "dst,dst")} {NoMatch(IpvsNames.Pods, "src")} {FromHost} {masquerade}",
            ]),
            new Chain(IptablesTable.Nat, IpvsNames.PostroutingChain,
            [
                $"{Match(IpvsNames.Hairpin, "dst,dst,src")} -j MASQUERADE",
                $"-m mark ! --mark {mark}/{mark} -j RETURN",

                // Such a packet may come through here again, and is not to be masqueraded twice.
                $"-j MARK --set-xmark {mark}/0x0",
                "-j MASQUERADE --random-fully",
            ]),
            new Chain(IptablesTable.Mangle, IpvsNames.FirewallChain,
            [
                $"{Match(IpvsNames.Drop, "dst,dst")} -j DROP",
                $"{Match(IpvsNames.DropOutside, "dst,dst")} {NoMatch(IpvsNames.Pods, "src")} -m addrtype ! --src-type LOCAL -j DROP",
                $"{Match(IpvsNames.Restricted, "dst,dst")} {NoMatch(IpvsNames.Allowed, "dst,dst,src")} -j DROP",
            ]),
            new Chain(IptablesTable.Filter, IpvsNames.HealthChecksChain, [$"-p tcp {Match(IpvsNames.HealthChecks, "dst")} -j ACCEPT"]),
            new Chain(IptablesTable.Filter, IpvsNames.InputChain,
            [
                $"{Match(IpvsNames.Servers, "dst,dst")} -j RETURN",
                $"{Match(IpvsNames.Addresses, "dst")} {refuse}",
            ]),
            new Chain(IptablesTable.Filter, IpvsNames.ForwardChain,
            [
                "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
            ]),
        ];
    }

    /// <summary>What leads from the kernel's chains to ours. Where packets are refused, only the first of a connection matters.</summary>
    public static ImmutableArray<ChainRule> Jumps { get; } =
    [
        new(IptablesTable.Nat, "PREROUTING", $"-j {IpvsNames.ServicesChain}"),
        new(IptablesTable.Nat, "OUTPUT", $"-j {IpvsNames.ServicesChain}"),
        new(IptablesTable.Nat, "POSTROUTING", $"-j {IpvsNames.PostroutingChain}"),
        new(IptablesTable.Mangle, "PREROUTING", $"-m conntrack --ctstate NEW -j {IpvsNames.FirewallChain}"),
        new(IptablesTable.Mangle, "OUTPUT", $"-m conntrack --ctstate NEW -j {IpvsNames.FirewallChain}"),
        new(IptablesTable.Filter, "INPUT", $"-j {IpvsNames.HealthChecksChain}"),
        new(IptablesTable.Filter, "INPUT", $"-m conntrack --ctstate NEW -j {IpvsNames.InputChain}"),
        new(IptablesTable.Filter, "FORWARD", $"-j {IpvsNames.ForwardChain}"),
    ];

    public ImmutableArray<Chain> Chains { get; }

    /// <summary>All chains as they ought to be, and the jumps that lack among those that are there.</summary>
    public RestoreInput Restore(IEnumerable<ChainRule> jumps)
    {
        RestoreInput input = new();
        foreach (Chain chain in Chains)
        {
            input.Write(chain);
        }

        Iptables.Jumps.Repair(input, Jumps, jumps);
        return input;
    }

    public IEnumerable<ChainRule> Rules() => Chains.SelectMany(c => c.Rules.Select(r => new ChainRule(c.Table, c.Name, r))).Concat(Jumps);
}
