using System.Net;
using System.Net.Sockets;

namespace L4Proxy.SystemTests.Targets;

/// <summary>Addresses of a cluster of two nodes, of which the first one is tried, and of clients outside.</summary>
internal sealed record AddressPlan
{
    /// <summary>The cluster of <c>tests/cases/cluster</c>.</summary>
    public static readonly AddressPlan Own = new()
    {
        NodeName = "worker-1",
        Node = IPAddress.Parse("192.168.60.1"),
        OtherNode = IPAddress.Parse("192.168.60.2"),
        Router = IPAddress.Parse("192.168.60.254"),
        Gateway = IPAddress.Parse("10.60.1.1"),
        PodNetwork = IPNetwork.Parse("10.60.0.0/16"),
        NodePodNetwork = IPNetwork.Parse("10.60.1.0/24"),
        ServiceNetwork = IPNetwork.Parse("172.20.0.0/16"),
        PodClient = IPAddress.Parse("10.60.1.99"),
        EndpointClient = IPAddress.Parse("10.60.1.10"),
        NobodysClusterIP = IPAddress.Parse("172.20.9.9"),
    };

    /// <summary>The cluster that kube-proxy was recorded in.</summary>
    public static readonly AddressPlan Recorded = new()
    {
        NodeName = "node-a",
        Node = IPAddress.Parse("192.168.77.1"),
        OtherNode = IPAddress.Parse("192.168.77.2"),
        Router = IPAddress.Parse("192.168.77.254"),
        Gateway = IPAddress.Parse("10.244.1.1"),
        PodNetwork = IPNetwork.Parse("10.244.0.0/16"),
        NodePodNetwork = IPNetwork.Parse("10.244.1.0/24"),
        ServiceNetwork = IPNetwork.Parse("10.96.0.0/16"),
        PodClient = IPAddress.Parse("10.244.1.99"),
        EndpointClient = IPAddress.Parse("10.244.1.11"),
        NobodysClusterIP = IPAddress.Parse("10.96.9.9"),
    };

    public required string NodeName { get; init; }

    public required IPAddress Node { get; init; }

    public required IPAddress OtherNode { get; init; }

    /// <summary>Where the node sends what is not on it; in the nodes' network.</summary>
    public required IPAddress Router { get; init; }

    /// <summary>The node's address towards its Pods.</summary>
    public required IPAddress Gateway { get; init; }

    /// <summary>The network of all Pods.</summary>
    public required IPNetwork PodNetwork { get; init; }

    /// <summary>The network of this node's Pods.</summary>
    public required IPNetwork NodePodNetwork { get; init; }

    public required IPNetwork ServiceNetwork { get; init; }

    /// <summary>A Pod of this node that is no endpoint.</summary>
    public required IPAddress PodClient { get; init; }

    /// <summary>A Pod of this node that is an endpoint.</summary>
    public required IPAddress EndpointClient { get; init; }

    /// <summary>An address of <see cref="ServiceNetwork"/> that no Service has.</summary>
    public required IPAddress NobodysClusterIP { get; init; }

    /// <summary>A client outside, in the source ranges of the Service that has some.</summary>
    public IPAddress AllowedClient { get; init; } = IPAddress.Parse("198.51.100.7");

    /// <summary>A client outside, in no source range.</summary>
    public IPAddress StrangeClient { get; init; } = IPAddress.Parse("172.30.0.7");

    public AddressFamily Family => Node.AddressFamily;

    /// <summary>The same plan in IPv6; a network of nodes, Pods or Services has a prefix of its own in it.</summary>
    public AddressPlan ToIPv6() => new()
    {
        NodeName = NodeName,
        Node = IPv6Twin.Of(Node),
        OtherNode = IPv6Twin.Of(OtherNode),
        Router = IPv6Twin.Of(Router),
        Gateway = IPv6Twin.Of(Gateway),
        PodNetwork = IPv6Twin.Of(PodNetwork),
        NodePodNetwork = IPv6Twin.Of(NodePodNetwork),
        ServiceNetwork = IPv6Twin.Of(ServiceNetwork),
        PodClient = IPv6Twin.Of(PodClient),
        EndpointClient = IPv6Twin.Of(EndpointClient),
        NobodysClusterIP = IPv6Twin.Of(NobodysClusterIP),
        AllowedClient = IPv6Twin.Of(AllowedClient),
        StrangeClient = IPv6Twin.Of(StrangeClient),
    };

    /// <summary>The address by which something of this node sees it.</summary>
    public bool IsOnThisNode(IPAddress endpoint) => NodePodNetwork.Contains(endpoint);
}
