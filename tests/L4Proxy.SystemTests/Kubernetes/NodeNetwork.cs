using System.Net;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Processes;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>
/// The network around node worker-1 of <see cref="ReferenceCluster"/>, in three namespaces: the node with 192.168.60.1 and
/// the Pods' gateway 10.60.1.1; its Pods; and all the rest, which is the other node's Pods and clients from elsewhere.
/// Every answer says which endpoint gave it.
/// </summary>
internal sealed class NodeNetwork : IAsyncDisposable
{
    public static readonly IPAddress NodeAddress = IPAddress.Parse("192.168.60.1");
    public static readonly IPAddress Gateway = IPAddress.Parse("10.60.1.1");
    public static readonly IPAddress PodClient = IPAddress.Parse("10.60.1.99");

    /// <summary>A client outside, in the source ranges of the Service that has some.</summary>
    public static readonly IPAddress AllowedClient = IPAddress.Parse("198.51.100.7");

    /// <summary>A client outside, in no source range.</summary>
    public static readonly IPAddress StrangeClient = IPAddress.Parse("172.30.0.7");

    private readonly List<TcpBackend> _backends = [];

    private NodeNetwork(NetworkNamespace node, NetworkNamespace pods, NetworkNamespace outside)
    {
        Node = node;
        Pods = pods;
        Outside = outside;
    }

    public NetworkNamespace Node { get; }

    public NetworkNamespace Pods { get; }

    public NetworkNamespace Outside { get; }

    public IReadOnlyList<TcpBackend> Backends => _backends;

    public static async Task<NodeNetwork> CreateAsync()
    {
        NodeNetwork network = new(await NetworkNamespace.CreateAsync(), await NetworkNamespace.CreateAsync(), await NetworkNamespace.CreateAsync());
        await network.WireAsync();
        return network;
    }

    /// <summary>Starts a backend at each address and port; each says which it is, and closes.</summary>
    public async Task StartBackendsAsync(IEnumerable<IPEndPoint> endpoints)
    {
        IPEndPoint[] all = [.. endpoints.Distinct()];
        foreach (IPAddress address in all.Select(e => e.Address).Distinct())
        {
            await SpaceOf(address).RunAsync("ip", "address", "add", $"{address}/32", "dev", "lo");
        }

        foreach (IPEndPoint endpoint in all)
        {
            _backends.Add(SpaceOf(endpoint.Address).Inside(() => TcpBackend.Start(endpoint, Scripts.Say($"{endpoint}\n"))));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (TcpBackend backend in _backends)
        {
            await backend.DisposeAsync();
        }

        await Node.DisposeAsync();
        await Pods.DisposeAsync();
        await Outside.DisposeAsync();
    }

    private NetworkNamespace SpaceOf(IPAddress endpoint) => endpoint.GetAddressBytes()[2] == 1 ? Pods : Outside;

    private async Task WireAsync()
    {
        // Two cables, made in the node's namespace with their other ends in the other ones.
        await Node.RunAsync("ip", "link", "add", "pods", "type", "veth", "peer", "name", "eth0", "netns", Pods.Name);
        await Node.RunAsync("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", Outside.Name);
        await Node.RunAsync("ip", "address", "add", $"{Gateway}/32", "dev", "lo");
        await Node.RunAsync("ip", "address", "add", $"{NodeAddress}/24", "dev", "eth0");
        await Node.RunAsync("ip", "link", "set", "pods", "up");
        await Node.RunAsync("ip", "link", "set", "eth0", "up");

        await Pods.RunAsync("ip", "address", "add", $"{PodClient}/32", "dev", "lo");
        await Pods.RunAsync("ip", "link", "set", "eth0", "up");
        await Pods.RunAsync("ip", "route", "add", $"{Gateway}", "dev", "eth0", "src", $"{PodClient}");
        await Pods.RunAsync("ip", "route", "add", "default", "via", $"{Gateway}", "dev", "eth0", "src", $"{PodClient}");

        await Outside.RunAsync("ip", "link", "set", "eth0", "up");
        await Outside.RunAsync("ip", "address", "add", "192.168.60.254/24", "dev", "eth0");
        await Outside.RunAsync("ip", "address", "add", "192.168.60.2/32", "dev", "lo");
        await Outside.RunAsync("ip", "address", "add", $"{AllowedClient}/32", "dev", "lo");
        await Outside.RunAsync("ip", "address", "add", $"{StrangeClient}/32", "dev", "lo");
        await Outside.RunAsync("ip", "route", "add", "default", "via", $"{NodeAddress}");

        await Node.RunAsync("ip", "route", "add", "10.60.1.0/24", "dev", "pods");
        await Node.RunAsync("ip", "route", "add", ReferenceCluster.PodNetwork, "via", "192.168.60.254");
        await Node.RunAsync("ip", "route", "add", "default", "via", "192.168.60.254");
    }
}
