using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using L4Proxy.ControlPlane.KernelRules.Routes;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>
/// The tables <c>ip l4proxy-capture</c> and <c>ip6 l4proxy-capture</c>. One lookup tells whether a new connection is for the proxy,
/// whatever the number of Services; which of them it is for the proxy finds by the original destination. NAT comes a little before that of
/// kube-proxy's modes, and the first that translates a connection decides: beside kube-proxy, what is captured is the proxy's and the rest
/// stays kube-proxy's.
/// </summary>
/// <param name="options">The capture port, and whether endpoints see the client's address.</param>
/// <param name="table">Name of the table.</param>
/// <param name="target">Where connections of others are led to.</param>
internal sealed class CapturePlanner(RulesOptions options, string table, CaptureTarget target) : INftPlanner
{
    private const string Captured = "captured";
    private const string CapturedNodePorts = "captured-nodeports";
    private const string Refused = "refused";
    private const string RefusedNodePorts = "refused-nodeports";
    private const string Layout = "layout-1";

    public string Table => table;

    public string LayoutChain => Layout;

    public FrozenSet<string> CountedSets { get; } = FrozenSet.Create(StringComparer.Ordinal, ServiceNetworkCheck.ClusterIPs);

    public ImmutableArray<string> Canaries { get; } =
        ["capture-incoming", "capture-outgoing", "refuse", "refuse-nodeports", ServiceNetworkCheck.Chain];

    public bool MayStay(string line) => false;

    private string Redirect => $"redirect to :{options.CapturePort}";

    public NftObjects Frame(FamilyRules rules)
    {
        var words = FamilyWords.Of(rules.IsIPv6);
        string nodePort = NodePortMatch.Of(rules, withLoopback: true);
        string where = NodePortMatch.Comment(rules);
        return new NftObjects
        {
            Collections =
            [
                new(ServiceNetworkCheck.ClusterIPs, $"type {words.AddressType};"),
                new(NodePortMatch.Set, $"type {words.AddressType};"),
                new(Captured, $"type {words.AddressKeyType};"),
                new(CapturedNodePorts, $"type {words.PortKeyType};"),
                new(Refused, $"type {words.AddressKeyType};"),
                new(RefusedNodePorts, $"type {words.PortKeyType};"),
            ],
            Chains =
            [
                new(Layout, "", []),
                .. Hooks(),
                Capture(
                    rules,
                    "incoming",
                    rules.IsIPv6 || target.Address is null ? Redirect : $"dnat to {target.Address}:{options.CapturePort}"),
                Capture(rules, "outgoing", Redirect),
                new("refuse", "", [new($"{words.AddressKey} @{Refused} goto {ServiceNetworkCheck.RejectChain}", $"@{Refused}")]),
                new(
                    "refuse-nodeports",
                    "",
                    [
                        new(
                            $"{nodePort} {words.PortKey} @{RefusedNodePorts} goto {ServiceNetworkCheck.RejectChain}",
                            $"@{RefusedNodePorts} {NodePortMatch.Comment(rules)}"),
                    ]),

                // Without Services nobody takes care of their network.
                ServiceNetworkCheck.Of(rules.Services.IsEmpty ? rules with { ServiceNetworks = [] } : rules),
                ServiceNetworkCheck.Reject(words),
            ],
            Elements = [.. NodePortMatch.Elements(rules)],
        };
    }

    public NftObjects Service(ServiceRules service, bool isIPv6)
    {
        var elements = ImmutableArray.CreateBuilder<NftElement>();
        string comment = service.Key.ToString();
        bool isTcp = service.Key.Protocol == ServiceProtocol.Tcp;
        foreach (IPAddress address in service.ClusterIPs)
        {
            elements.Add(new(ServiceNetworkCheck.ClusterIPs, NftText.Address(address)));
            if (isTcp)
            {
                elements.Add(new(service.InternalEndpoints.IsEmpty ? Refused : Captured, Key(address, service.Port), Comment: comment));
            }
        }

        bool isServed = !service.ExternalEndpoints.IsEmpty || !service.ClusterEndpoints.IsEmpty;
        if (isTcp)
        {
            elements.AddRange(service.ExternalAddresses
                .Select(e => new NftElement(isServed ? Captured : Refused, Key(e.Address, service.Port), Comment: comment)));
        }

        if (isTcp && service.NodePort != 0)
        {
            elements.Add(new(isServed ? CapturedNodePorts : RefusedNodePorts, $"tcp . {service.NodePort}", Comment: comment));
        }

        return new NftObjects { Elements = elements.DrainToImmutable() };
    }

    private IEnumerable<NftChain> Hooks()
    {
        NftRule refuse = ServiceNetworkCheck.Jump("refuse");
        NftRule clusterIPs = ServiceNetworkCheck.Jump(ServiceNetworkCheck.Chain);
        if (options.TransparentSource)
        {
            string mark = $"0x{PolicyRouting.MarkOf(options):x8}";
            NftRule back = new(
                $"meta l4proto tcp socket transparent 1 meta mark set meta mark | {mark}", $"transparent connections: {mark}");
            yield return new("mangle-prerouting", "type filter hook prerouting priority mangle;", [back]);
        }

        NftRule incoming = new("jump capture-incoming", "jump capture-incoming");
        NftRule outgoing = new("jump capture-outgoing", "jump capture-outgoing");
        yield return new("nat-prerouting", "type nat hook prerouting priority dstnat - 5;", [incoming]);
        yield return new("nat-output", "type nat hook output priority -105;", [outgoing]);
        yield return new("filter-input", "type filter hook input priority filter;", [ServiceNetworkCheck.Jump("refuse-nodeports"), refuse]);
        yield return new("filter-forward", "type filter hook forward priority filter;", [refuse, clusterIPs]);
        yield return new("filter-output", "type filter hook output priority filter;", [refuse, clusterIPs]);
    }

    private static NftChain Capture(FamilyRules rules, string direction, string verdict)
    {
        var words = FamilyWords.Of(rules.IsIPv6);
        return new NftChain(
            $"capture-{direction}",
            "",
            [
                new($"meta l4proto tcp {words.AddressKey} @{Captured} {verdict}", $"@{Captured}: {verdict}"),
                new(
                    $"meta l4proto tcp {NodePortMatch.Of(rules, withLoopback: true)} {words.PortKey} @{CapturedNodePorts} {verdict}",
                    $"@{CapturedNodePorts} {NodePortMatch.Comment(rules)}: {verdict}"),
            ]);
    }

    private static string Key(IPAddress address, int port) => $"{NftText.Address(address)} . tcp . {port}";
}
