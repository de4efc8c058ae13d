using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>
/// The tables <c>ip l4proxy-capture</c> and <c>ip6 l4proxy-capture</c>. One lookup tells whether a new connection is for the proxy, whatever
/// the number of Services; which of them it is for the proxy finds by the original destination. NAT comes a little before that of
/// kube-proxy's modes, and the first that translates a connection decides: beside kube-proxy, what is captured is the proxy's and the rest
/// stays kube-proxy's.
/// </summary>
/// <param name="options">The capture port.</param>
/// <param name="table">Name of the table.</param>
internal sealed class CapturePlanner(RulesOptions options, string table) : INftPlanner
{
    private const string Captured = "captured";
    private const string CapturedNodePorts = "captured-nodeports";
    private const string Refused = "refused";
    private const string RefusedNodePorts = "refused-nodeports";
    private const string Layout = "layout-1";

    public string Table => table;

    public string LayoutChain => Layout;

    public FrozenSet<string> CountedSets { get; } = FrozenSet.Create(StringComparer.Ordinal, ServiceNetworkCheck.ClusterIPs);

    public ImmutableArray<string> Canaries { get; } = ["capture", "refuse", "refuse-nodeports", ServiceNetworkCheck.Chain];

    public bool MayStay(string line) => false;

    public NftObjects Frame(FamilyRules rules)
    {
        var words = FamilyWords.Of(rules.IsIPv6);
        string nodePort = NodePortMatch.Of(rules, withLoopback: true);
        string where = NodePortMatch.Comment(rules);
        NftRule capture = new("jump capture", "jump capture");
        NftRule refuse = ServiceNetworkCheck.Jump("refuse");
        NftRule clusterIPs = ServiceNetworkCheck.Jump(ServiceNetworkCheck.Chain);
        string redirect = $"redirect to :{options.CapturePort}";
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
                new("nat-prerouting", "type nat hook prerouting priority dstnat - 5;", [capture]),
                new("nat-output", "type nat hook output priority -105;", [capture]),
                new("filter-input", "type filter hook input priority filter;", [ServiceNetworkCheck.Jump("refuse-nodeports"), refuse]),
                new("filter-forward", "type filter hook forward priority filter;", [refuse, clusterIPs]),
                new("filter-output", "type filter hook output priority filter;", [refuse, clusterIPs]),
                new(
                    "capture",
                    "",
                    [
                        new($"meta l4proto tcp {words.AddressKey} @{Captured} {redirect}", $"@{Captured} to port {options.CapturePort}"),
                        new(
                            $"meta l4proto tcp {nodePort} {words.PortKey} @{CapturedNodePorts} {redirect}",
                            $"@{CapturedNodePorts} {where} to port {options.CapturePort}"),
                    ]),
                new("refuse", "", [new($"{words.AddressKey} @{Refused} goto {ServiceNetworkCheck.RejectChain}", $"@{Refused}")]),
                new(
                    "refuse-nodeports",
                    "",
                    [
                        new(
                            $"{nodePort} {words.PortKey} @{RefusedNodePorts} goto {ServiceNetworkCheck.RejectChain}",
                            $"@{RefusedNodePorts} {where}"),
                    ]),
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

    private static string Key(IPAddress address, int port) => $"{NftText.Address(address)} . tcp . {port}";
}
