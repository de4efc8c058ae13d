using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Tests.KernelRules.Iptables;

/// <summary>Service ports as rules are planned from them, one for each feature; on a node whose Pods are 10.50.1.0/24.</summary>
internal static class SampleRules
{
    private static readonly ImmutableArray<string> s_local = ["10.50.1.11:8080", "10.50.1.12:8080"];

    private static readonly ImmutableArray<string> s_all = [.. s_local, "10.50.2.11:8080"];

    public static ServiceRules Plain { get; } = Service("plain", "172.20.0.1", s_all);

    /// <summary>All kinds of addresses, of both policies Local, with a list of sources and affinity.</summary>
    public static ServiceRules Everything { get; } = Service("everything", "172.20.0.2", s_all) with
    {
        InternalScope = EndpointScope.Local,
        ExternalScope = EndpointScope.Local,
        AffinitySeconds = 600,
        NodePort = 30002,
        ExternalAddresses =
        [
            new(IPAddress.Parse("203.0.113.2"), FrontendKind.ExternalIP, NetworkSet.Empty),
            new(IPAddress.Parse("203.0.113.3"), FrontendKind.LoadBalancer, Sources("198.51.100.0/24", "192.0.2.0/25")),
        ],
    };

    public static ServiceRules External { get; } = Service("external", "172.20.0.3", s_all) with
    {
        NodePort = 30003,
        ExternalAddresses = [new(IPAddress.Parse("203.0.113.4"), FrontendKind.LoadBalancer, NetworkSet.Empty)],
    };

    /// <summary>Both policies Local, all endpoints elsewhere.</summary>
    public static ServiceRules Elsewhere { get; } = Service("elsewhere", "172.20.0.4", ["10.50.2.11:8080"]) with
    {
        InternalScope = EndpointScope.Local,
        ExternalScope = EndpointScope.Local,
        LocalEndpoints = [],
        NodePort = 30004,
        ExternalAddresses = [new(IPAddress.Parse("203.0.113.5"), FrontendKind.LoadBalancer, NetworkSet.Empty)],
    };

    public static ServiceRules Empty { get; } = Service("empty", "172.20.0.5", []) with
    {
        NodePort = 30005,
        ExternalAddresses = [new(IPAddress.Parse("203.0.113.6"), FrontendKind.ExternalIP, NetworkSet.Empty)],
    };

    public static ServiceRules Dns { get; } = Service("dns", "172.20.0.6", s_all, ServiceProtocol.Udp) with { NodePort = 30006 };

    public static ServiceRules Sctp { get; } = Service("sctp", "172.20.0.7", s_local, ServiceProtocol.Sctp);

    public static ServiceRules IPv6 { get; } = Everything with
    {
        ClusterIPs = [IPAddress.Parse("fd00:20::2")],
        ExternalAddresses = [new(IPAddress.Parse("2001:db8::3"), FrontendKind.LoadBalancer, Sources("2001:db8:1::/48"))],
        ClusterEndpoints = Endpoints("[fd00:50:1::11]:8080", "[fd00:50:2::11]:8080"),
        LocalEndpoints = Endpoints("[fd00:50:1::11]:8080"),
    };

    public static RulesState All { get; } = new(IPv4(Plain, Everything, External, Elsewhere, Empty, Dns, Sctp), Family6(IPv6));

    /// <summary>A Service port with a cluster IP; endpoints in 10.50.1.0/24 are local.</summary>
    public static ServiceRules Service(
        string name, string clusterIP, IReadOnlyList<string> endpoints, ServiceProtocol protocol = ServiceProtocol.Tcp)
    {
        return new ServiceRules
        {
            Key = new ServicePortKey("default", name, "p", protocol),
            Port = 80,
            ClusterIPs = [IPAddress.Parse(clusterIP)],
            ClusterEndpoints = Endpoints([.. endpoints]),
            LocalEndpoints = Endpoints([.. endpoints.Where(e => e.StartsWith("10.50.1.", StringComparison.Ordinal))]),
            HasAnyEndpoint = endpoints.Count > 0,
        };
    }

    public static FamilyRules IPv4(params IEnumerable<ServiceRules> services) => Family(AddressFamily.InterNetwork, "10.50.1.0/24", services);

    public static FamilyRules Family6(params IEnumerable<ServiceRules> services) =>
        Family(AddressFamily.InterNetworkV6, "fd00:50:1::/48", services);

    public static RulesState State(params IEnumerable<ServiceRules> services) => new(IPv4(services), Family6());

    private static FamilyRules Family(AddressFamily family, string pods, IEnumerable<ServiceRules> services) => new()
    {
        Family = family,
        Services = [.. services.OrderBy(s => s.Key)],
        PodNetworks = [IPNetwork.Parse(pods)],
        NodePortsOnAllAddresses = services.Any(s => s.NodePort != 0),
        HealthCheckPorts = [.. services.Where(s => s.ExternalScope == EndpointScope.Local).OrderBy(s => s.Key)
            .Select(s => new HealthCheckPort($"{s.Key.Namespace}/{s.Key.Name}", s.NodePort + 1000))],
    };

    private static ImmutableArray<IPEndPoint> Endpoints(params IEnumerable<string> endpoints) => [.. endpoints.Select(IPEndPoint.Parse)];

    private static NetworkSet Sources(params IEnumerable<string> networks) => NetworkSet.Of(networks.Select(IPNetwork.Parse));
}
