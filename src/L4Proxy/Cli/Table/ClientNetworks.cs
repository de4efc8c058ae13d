using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Cli.Table;

/// <summary>
/// Whether Pods and this node are among the clients that a frontend admits. Of the networks that count as inside, single
/// addresses are this node's; unknown ones are taken to be admitted.
/// </summary>
internal sealed class ClientNetworks(NetworkSet inside)
{
    private readonly IPNetwork[] _pods = [.. inside.Networks.Where(n => !IsSingle(n) && !IPAddress.IsLoopback(n.BaseAddress))];
    private readonly IPNetwork[] _node = [.. inside.Networks.Where(n => IsSingle(n) && !IPAddress.IsLoopback(n.BaseAddress))];

    public bool MayPodsUse(FrontendEntry frontend) => May(_pods, frontend.AllowedSources);

    public bool MayNodeUse(FrontendEntry frontend) => May(_node, frontend.AllowedSources);

    private static bool May(IPNetwork[] clients, NetworkSet allowed) => allowed.IsEmpty || clients.Length == 0
        || clients.Any(c => allowed.Networks.Any(a => c.Contains(a.BaseAddress) || a.Contains(c.BaseAddress)));

    private static bool IsSingle(IPNetwork network) =>
        network.PrefixLength == (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
}
