using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>
/// What both ways of using nftables refuse: ports of a cluster IP that its Service does not have, and Service addresses that no
/// Service has. Both would be routed to nowhere, or back and forth, otherwise.
/// </summary>
internal static class ServiceNetworkCheck
{
    public const string ClusterIPs = "cluster-ips";

    public const string Chain = "cluster-ips-check";

    public const string RejectChain = "reject-traffic";

    public static NftRule Jump(string chain) => new($"ct state new jump {chain}", $"jump {chain}");

    public static NftChain Of(FamilyRules rules)
    {
        var words = FamilyWords.Of(rules.IsIPv6);
        var checks = ImmutableArray.CreateBuilder<NftRule>();
        checks.Add(new($"{words.DestinationAddress} @{ClusterIPs} goto {RejectChain}", "ports that no Service has on this cluster IP"));
        ImmutableArray<string> networks = NftText.Networks(rules.ServiceNetworks, rules.IsIPv6);
        if (!networks.IsEmpty)
        {
            checks.Add(new(
                $"{words.DestinationAddress} {{ {string.Join(", ", networks)} }} drop",
                $"unallocated Service addresses of {string.Join(", ", networks)}"));
        }

        return new NftChain(Chain, "", checks.DrainToImmutable());
    }

    /// <summary>TCP clients get a reset, for which connect() says ECONNREFUSED whatever becomes of ICMP on the way; others ICMP.</summary>
    public static NftChain Reject(FamilyWords words) => new(
        RejectChain,
        "",
        [
            new("meta l4proto tcp reject with tcp reset", "TCP"),
            new($"reject with {words.PortUnreachable}", "not TCP"),
        ]);
}
