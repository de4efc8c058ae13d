namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>The set of addresses that node ports are served on, and how packets to them are told.</summary>
internal static class NodePortMatch
{
    public const string Set = "nodeport-ips";

    /// <summary>Matches packets to an address for node ports.</summary>
    /// <param name="rules">Which addresses these are.</param>
    /// <param name="withLoopback">Whether loopback addresses are among them when all are.</param>
    public static string Of(FamilyRules rules, bool withLoopback)
    {
        var words = FamilyWords.Of(rules.IsIPv6);
        return !rules.NodePortsOnAllAddresses ? $"{words.DestinationAddress} @{Set}"
            : withLoopback ? "fib daddr type local"
            : $"fib daddr type local {words.DestinationAddress} != {words.Loopback}";
    }

    /// <summary>What a comment says of it.</summary>
    public static string Comment(FamilyRules rules) => rules.NodePortsOnAllAddresses ? "on all addresses" : $"on @{Set}";

    public static IEnumerable<NftElement> Elements(FamilyRules rules) =>
        rules.NodePortAddresses.Select(a => new NftElement(Set, NftText.Address(a)));
}
