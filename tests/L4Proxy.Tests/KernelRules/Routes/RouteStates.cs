using System.Collections.Immutable;
using System.Net;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Tests.KernelRules.Routes;

/// <summary>States to plan routes from.</summary>
internal static class RouteStates
{
    /// <summary>A state whose Services have these cluster IPs, and these networks.</summary>
    public static RulesState Of(IEnumerable<string> addresses, IEnumerable<string>? networks = null, IEnumerable<string>? pods = null)
    {
        IPAddress[] all = [.. addresses.Select(IPAddress.Parse)];
        IPNetwork[] services = [.. (networks ?? []).Select(IPNetwork.Parse)];
        IPNetwork[] cluster = [.. (pods ?? []).Select(IPNetwork.Parse)];
        return new RulesState(
            Family(System.Net.Sockets.AddressFamily.InterNetwork, all, services, cluster),
            Family(System.Net.Sockets.AddressFamily.InterNetworkV6, all, services, cluster));
    }

    /// <summary>The same Services, each with an external address besides.</summary>
    public static FamilyRules WithExternal(this FamilyRules family, params IEnumerable<string> addresses) => family with
    {
        Services =
        [
            .. family.Services,
            new ServiceRules
            {
                Key = new ServicePortKey("test", "external", "", ServiceProtocol.Tcp),
                Port = 80,
                ExternalAddresses =
                    [.. addresses.Select(a => new ExternalAddress(IPAddress.Parse(a), FrontendKind.ExternalIP, NetworkSet.Empty))],
            },
        ],
    };

    private static FamilyRules Family(
        System.Net.Sockets.AddressFamily family, IPAddress[] addresses, IPNetwork[] networks, IPNetwork[] pods) => new()
        {
            Family = family,
            Services = [.. addresses.Where(a => a.AddressFamily == family).Select(Service)],
            ServiceNetworks = [.. networks.Where(n => n.BaseAddress.AddressFamily == family)],
            PodNetworks = [.. pods.Where(n => n.BaseAddress.AddressFamily == family)],
        };

    private static ServiceRules Service(IPAddress address) => new()
    {
        Key = new ServicePortKey("test", $"s-{address}", "", ServiceProtocol.Tcp),
        Port = 80,
        ClusterIPs = ImmutableArray.Create(address),
    };
}
