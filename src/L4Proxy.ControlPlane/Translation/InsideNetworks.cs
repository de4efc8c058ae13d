using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Networks of the clients that count as inside the cluster: its Pods, as far as they are known, and this node itself.
/// </summary>
internal static class InsideNetworks
{
    private static readonly IPNetwork s_loopback = new(new IPAddress([127, 0, 0, 0]), 8);

    /// <summary>Empty without a node name, because then no frontend asks where a client is.</summary>
    public static NetworkSet Of(TranslationOptions options, Node? node, IHostAddresses host)
    {
        if (options.NodeNameWith(node) is null)
        {
            return NetworkSet.Empty;
        }

        List<IPNetwork> networks = [s_loopback, Single(IPAddress.IPv6Loopback)];
        networks.AddRange(PodNetworks(options, node).Networks);
        networks.AddRange(host.All.Concat(NodeView.AddressesOf(node)).Where(a => !IPAddress.IsLoopback(a)).Select(Single));
        return NetworkSet.Of(networks);
    }

    /// <summary>Networks of the cluster's Pods: those configured, else those of the own Node.</summary>
    public static NetworkSet PodNetworks(TranslationOptions options, Node? node) =>
        NetworkSet.Of(options.ClusterNetworks.IsDefaultOrEmpty ? PodNetworks(node) : options.ClusterNetworks);

    private static IEnumerable<IPNetwork> PodNetworks(Node? node)
    {
        foreach (string text in node?.Spec.PodCIDRs ?? [])
        {
            if (NetworkLiteral.TryParse(text, out IPNetwork network))
            {
                yield return network;
            }
        }
    }

    private static IPNetwork Single(IPAddress address) => new(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
}
