using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>The tables <c>ip l4proxy</c> and <c>ip6 l4proxy</c>, by which the kernel leads connections straight to endpoints.</summary>
/// <param name="options">Masquerading.</param>
/// <param name="table">Name of the table.</param>
internal sealed partial class BalancingPlanner(RulesOptions options, string table) : INftPlanner
{
    /// <summary>Changes with the types of sets and maps and the hooks of chains, which cannot be changed in place.</summary>
    public const string Layout = "layout-1";

    private readonly BalancingFrame _frame = new(options);
    private readonly FrozenDictionary<string, EndpointLists> _ipv4 = ListsOf(isIPv6: false);
    private readonly FrozenDictionary<string, EndpointLists> _ipv6 = ListsOf(isIPv6: true);

    public string Table => table;

    public string LayoutChain => Layout;

    public FrozenSet<string> CountedSets { get; } =
        FrozenSet.Create(StringComparer.Ordinal, ServiceNetworkCheck.ClusterIPs, BalancingNames.Hairpin);

    public ImmutableArray<string> Canaries { get; } =
    [
        "firewall-check", "service-endpoints-check", "nodeport-endpoints-check", ServiceNetworkCheck.Chain,
        "services", "masquerading",
    ];

    /// <summary>Those for the positions and lengths of lists: empty, or led to by nothing, as long as no list has such.</summary>
    public bool MayStay(string line) => OfLists.IsMatch(line);

    public NftObjects Frame(FamilyRules rules) => _frame.Of(rules);

    public NftObjects Service(ServiceRules service, bool isIPv6) =>
        new BalancingService(service, isIPv6 ? _ipv6 : _ipv4, isIPv6).Plan();

    [GeneratedRegex("^(chain|map) (nodeport-)?(local-)?(pick|dnat|endpoints)-[0-9]+(:|$)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OfLists { get; }

    private static FrozenDictionary<string, EndpointLists> ListsOf(bool isIPv6) =>
        EndpointLists.Kinds.ToFrozenDictionary(k => k, k => new EndpointLists(FamilyWords.Of(isIPv6), k), StringComparer.Ordinal);
}
