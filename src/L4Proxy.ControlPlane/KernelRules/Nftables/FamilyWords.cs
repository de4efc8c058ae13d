using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>The words by which nft's expressions differ between the families, and expressions made of them.</summary>
internal sealed record FamilyWords(string Protocol, string AddressType, string PortUnreachable, string Loopback)
{
    private static readonly FamilyWords s_ipv4 = new("ip", "ipv4_addr", "icmp type port-unreachable", "127.0.0.0/8");
    private static readonly FamilyWords s_ipv6 = new("ip6", "ipv6_addr", "icmpv6 type port-unreachable", "::1");

    public string SourceAddress { get; } = $"{Protocol} saddr";

    public string DestinationAddress { get; } = $"{Protocol} daddr";

    /// <summary>Key by which packets to an address of a Service port are looked up.</summary>
    public string AddressKey { get; } = $"{Protocol} daddr . meta l4proto . th dport";

    /// <summary>Key by which packets to a node port are looked up, once it is known that the address is one for node ports.</summary>
    public string PortKey => "meta l4proto . th dport";

    /// <summary>Type of <see cref="AddressKey"/>.</summary>
    public string AddressKeyType { get; } = $"{AddressType} . inet_proto . inet_service";

    /// <summary>Type of <see cref="PortKey"/>.</summary>
    public string PortKeyType => "inet_proto . inet_service";

    public static FamilyWords Of(bool isIPv6) => isIPv6 ? s_ipv6 : s_ipv4;

    /// <summary>Matches what comes from one of some networks, at least one of them.</summary>
    public string From(ImmutableArray<string> networks, bool isNot = false) =>
        $"{SourceAddress} {(isNot ? "!= " : "")}{{ {string.Join(", ", networks)} }}";
}
