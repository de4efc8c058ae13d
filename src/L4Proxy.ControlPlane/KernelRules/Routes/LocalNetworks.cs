using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.KernelRules.Routes;

/// <summary>Which networks have to be this host's, so that the proxy can bind the Services' addresses in them.</summary>
internal static class LocalNetworks
{
    /// <summary>
    /// The networks of cluster IPs where they are known, else each cluster IP; and every external address that is in none of these. A
    /// family without Services needs none.
    /// </summary>
    public static HashSet<IPNetwork> Of(FamilyRules family)
    {
        HashSet<IPNetwork> networks = [];
        if (family.Services.IsEmpty)
        {
            return networks;
        }

        networks.UnionWith(family.ServiceNetworks);
        foreach (ServiceRules service in family.Services)
        {
            // Nobody listens for other protocols; an address without a route stays as unreachable as it was.
            if (service.Key.Protocol != ServiceProtocol.Tcp)
            {
                continue;
            }

            foreach (IPAddress address in service.ClusterIPs)
            {
                Add(networks, family, address);
            }

            foreach (ExternalAddress external in service.ExternalAddresses)
            {
                Add(networks, family, external.Address);
            }
        }

        return networks;
    }

    /// <summary>Whether a network lies within another, or is the same.</summary>
    public static bool Covers(IPNetwork outer, IPNetwork inner) =>
        outer.BaseAddress.AddressFamily == inner.BaseAddress.AddressFamily && outer.PrefixLength <= inner.PrefixLength && outer.Contains(inner.BaseAddress);

    /// <summary>The network of one address.</summary>
    public static IPNetwork Alone(IPAddress address) => new(address, IsIPv4(address) ? 32 : 128);

    private static bool IsIPv4(IPAddress address) => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;

    private static void Add(HashSet<IPNetwork> networks, FamilyRules family, IPAddress address)
    {
        foreach (IPNetwork network in family.ServiceNetworks)
        {
            if (network.Contains(address))
            {
                return;
            }
        }

        networks.Add(Alone(address));
    }
}
