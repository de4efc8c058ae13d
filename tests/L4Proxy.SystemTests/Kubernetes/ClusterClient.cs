using System.Net;
using System.Net.Sockets;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Processes;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>A client in a <see cref="NodeNetwork"/>.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Kind">pod, node or outside, as in <c>l4proxy table</c>.</param>
/// <param name="Space">Where it is.</param>
/// <param name="Source">Its own address.</param>
/// <param name="NodeAddress">The address of the node that it connects to.</param>
internal sealed record ClusterClient(string Name, string Kind, NetworkNamespace Space, IPAddress Source, IPAddress NodeAddress)
{
    /// <summary>One of each kind, and more where rules tell them apart.</summary>
    public static IReadOnlyList<ClusterClient> AllOf(NodeNetwork network) =>
    [
        new("a Pod", "pod", network.Pods, NodeNetwork.PodClient, NodeNetwork.NodeAddress),
        new("a Pod, by its gateway", "pod", network.Pods, NodeNetwork.PodClient, NodeNetwork.Gateway),
        new("the node", "node", network.Node, NodeNetwork.NodeAddress, NodeNetwork.NodeAddress),
        new("the node, by loopback", "node", network.Node, IPAddress.Loopback, IPAddress.Loopback),
        new("an allowed client outside", "outside", network.Outside, NodeNetwork.AllowedClient, NodeNetwork.NodeAddress),
        new("a strange client outside", "outside", network.Outside, NodeNetwork.StrangeClient, NodeNetwork.NodeAddress),
    ];

    /// <summary>The endpoint that answers at a port of the node; null when the connection is refused or reset.</summary>
    public async Task<string?> AskAsync(int port)
    {
        try
        {
            TcpPeerOptions options = new() { LocalAddress = Source };
            using TcpPeer peer = await Space.InsideAsync(() => TcpPeer.ConnectAsync(new IPEndPoint(NodeAddress, port), options));
            string answer = "";
            StreamEnd end = await peer.ReadToEndAsync(part => answer += System.Text.Encoding.ASCII.GetString(part.Span));
            return end == StreamEnd.Finished ? answer.TrimEnd() : null;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset)
        {
            return null;
        }
    }

    public override string ToString() => Name;
}
