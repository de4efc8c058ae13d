using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;

namespace L4Proxy.Tests.KernelRules.Nftables;

/// <summary>Rules for tests, as short as they can be said.</summary>
internal static class RulesText
{
    public static ServiceRules Service(string name, string clusterIP, params IEnumerable<string> endpoints)
    {
        ImmutableArray<IPEndPoint> parsed = [.. endpoints.Select(IPEndPoint.Parse)];
        return new ServiceRules
        {
            Key = new ServicePortKey("demo", name, "http", ServiceProtocol.Tcp),
            Port = 80,
            ClusterIPs = [IPAddress.Parse(clusterIP)],
            ClusterEndpoints = parsed,
            HasAnyEndpoint = !parsed.IsEmpty,
        };
    }

    public static ExternalAddress External(string address, params IEnumerable<string> sources) =>
        new(IPAddress.Parse(address), FrontendKind.LoadBalancer, NetworkSet.Of(sources.Select(IPNetwork.Parse)));

    public static FamilyRules Family(IPFamily family, params IEnumerable<ServiceRules> services) => new()
    {
        Family = family == IPFamily.IPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6,
        Services = [.. services.OrderBy(s => s.Key)],
    };

    /// <summary>A state of one family with nothing in the other.</summary>
    public static RulesState State(FamilyRules rules) =>
        rules.IsIPv6 ? new RulesState(Family(IPFamily.IPv4), rules) : new RulesState(rules, Family(IPFamily.IPv6));
}
