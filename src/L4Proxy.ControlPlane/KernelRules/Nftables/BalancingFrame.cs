using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>
/// What a table of balancing holds whatever Services there are: the hooks, the chains that they share, and the sets and maps by
/// which a packet finds its Service port. Hooks and priorities are those of kube-proxy's nftables mode.
/// </summary>
/// <param name="options">Masquerading.</param>
internal sealed class BalancingFrame(RulesOptions options)
{
    private readonly string _mark = $"0x{options.MasqueradeMark:x8}";

    public NftObjects Of(FamilyRules rules)
    {
        var words = FamilyWords.Of(rules.IsIPv6);
        return new NftObjects
        {
            Collections = Collections(words),
            Chains =
            [
                new NftChain(BalancingPlanner.Layout, "", []),
                .. Hooks(),
                .. Checks(rules, words),
                Services(rules, words),
                .. External(rules, BalancingNames.External, words.AddressKey, BalancingNames.ExternalIPs, BalancingNames.LocalIPs),
                .. External(
                    rules, BalancingNames.ExternalNodePort, words.PortKey, BalancingNames.ExternalNodePorts, BalancingNames.LocalNodePorts),
                Masquerading(words),
            ],
            Elements = [.. NodePortMatch.Elements(rules)],
        };
    }

    private static ImmutableArray<NftCollection> Collections(FamilyWords words)
    {
        NftCollection Verdicts(string name, string key) => new(name, $"type {key} : verdict;") { IsMap = true };
        return
        [
            new(ServiceNetworkCheck.ClusterIPs, $"type {words.AddressType};"),
            new(NodePortMatch.Set, $"type {words.AddressType};"),
            new(BalancingNames.Hairpin, $"type {words.AddressType} . {words.AddressType} . inet_proto . inet_service;"),
            Verdicts(BalancingNames.FirewallIPs, words.AddressKeyType),
            Verdicts(BalancingNames.NoEndpointIPs, words.AddressKeyType),
            Verdicts(BalancingNames.NoEndpointNodePorts, words.PortKeyType),
            Verdicts(BalancingNames.ServiceIPs, words.AddressKeyType),
            Verdicts(BalancingNames.ServiceNodePorts, words.PortKeyType),
            Verdicts(BalancingNames.ExternalIPs, words.AddressKeyType),
            Verdicts(BalancingNames.ExternalNodePorts, words.PortKeyType),
            Verdicts(BalancingNames.LocalIPs, words.AddressKeyType),
            Verdicts(BalancingNames.LocalNodePorts, words.PortKeyType),
        ];
    }

    private static ImmutableArray<NftChain> Hooks()
    {
        NftRule firewall = ServiceNetworkCheck.Jump("firewall-check");
        NftRule nodePorts = ServiceNetworkCheck.Jump("nodeport-endpoints-check");
        NftRule endpoints = ServiceNetworkCheck.Jump("service-endpoints-check");
        NftRule clusterIPs = ServiceNetworkCheck.Jump(ServiceNetworkCheck.Chain);
        return
        [
            new("filter-prerouting-pre-dnat", "type filter hook prerouting priority dstnat - 10;", [firewall]),
            new("filter-output-pre-dnat", "type filter hook output priority -110;", [firewall]),
            new("filter-input", "type filter hook input priority filter;", [nodePorts, endpoints]),
            new("filter-forward", "type filter hook forward priority filter;", [endpoints, clusterIPs]),
            new("filter-output", "type filter hook output priority filter;", [endpoints, clusterIPs]),
            new("nat-prerouting", "type nat hook prerouting priority dstnat;", [new("jump services", "jump services")]),
            new("nat-output", "type nat hook output priority -100;", [new("jump services", "jump services")]),
            new("nat-postrouting", "type nat hook postrouting priority srcnat;", [new("jump masquerading", "jump masquerading")]),
        ];
    }

    private static IEnumerable<NftChain> Checks(FamilyRules rules, FamilyWords words) =>
    [
        new("firewall-check", "", [Lookup(words.AddressKey, BalancingNames.FirewallIPs)]),
        new("service-endpoints-check", "", [Lookup(words.AddressKey, BalancingNames.NoEndpointIPs)]),
        new(
            "nodeport-endpoints-check",
            "",
            [
                new(
                    $"{NodePortMatch.Of(rules, withLoopback: false)} {words.PortKey} vmap @{BalancingNames.NoEndpointNodePorts}",
                    $"look up @{BalancingNames.NoEndpointNodePorts} {NodePortMatch.Comment(rules)}"),
            ]),
        ServiceNetworkCheck.Of(rules),
        ServiceNetworkCheck.Reject(words),
    ];

    private NftChain Services(FamilyRules rules, FamilyWords words)
    {
        ImmutableArray<string> pods = NftText.Networks(rules.PodNetworks, rules.IsIPv6);
        var found = ImmutableArray.CreateBuilder<NftRule>();
        if (options.MasqueradeAll)
        {
            found.Add(Mark($"{words.DestinationAddress} @{ServiceNetworkCheck.ClusterIPs} ", "masquerade all traffic to cluster IPs"));
        }
        else if (!pods.IsEmpty)
        {
            found.Add(Mark(
                $"{words.DestinationAddress} @{ServiceNetworkCheck.ClusterIPs} {words.From(pods, isNot: true)} ",
                $"masquerade traffic to cluster IPs, but not of Pods in {string.Join(", ", pods)}"));
        }

        found.Add(Lookup(words.AddressKey, BalancingNames.ServiceIPs));
        found.Add(new(
            $"{NodePortMatch.Of(rules, withLoopback: false)} {words.PortKey} vmap @{BalancingNames.ServiceNodePorts}",
            $"look up @{BalancingNames.ServiceNodePorts} {NodePortMatch.Comment(rules)}"));
        return new NftChain("services", "", found.DrainToImmutable());
    }

    /// <summary>What external addresses lead to, or node ports; the second chain is that of a Local policy.</summary>
    private IEnumerable<NftChain> External(FamilyRules rules, string chain, string key, string all, string local)
    {
        var words = FamilyWords.Of(rules.IsIPv6);
        yield return new NftChain(chain, "", [Mark("", "masquerade"), Lookup(key, all)]);
        ImmutableArray<string> pods = NftText.Networks(rules.PodNetworks, rules.IsIPv6);
        var choices = ImmutableArray.CreateBuilder<NftRule>();
        if (!pods.IsEmpty)
        {
            choices.Add(new($"{words.From(pods)} {key} vmap @{all}", $"any endpoint for Pods in {string.Join(", ", pods)}"));
        }

        choices.Add(Mark("fib saddr type local ", "masquerade traffic of this host"));
        choices.Add(new($"fib saddr type local {key} vmap @{all}", "any endpoint for this host"));
        choices.Add(Lookup(key, local));
        yield return new NftChain($"{chain}-local", "", choices.DrainToImmutable());
    }

    private NftChain Masquerading(FamilyWords words) => new(
        "masquerading",
        "",
        [
            new($"meta mark & {_mark} != 0 meta mark set meta mark ^ {_mark} masquerade fully-random", $"marked with {_mark}"),
            new(
                $"ct status dnat {words.SourceAddress} . {words.AddressKey} @{BalancingNames.Hairpin} masquerade fully-random",
                "endpoints that were led to themselves"),
        ]);

    private NftRule Mark(string match, string comment) => new($"{match}meta mark set meta mark | {_mark}", $"{comment}: {_mark}");

    private static NftRule Lookup(string key, string map) => new($"{key} vmap @{map}", $"look up @{map}");
}
