using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>What of the own node Services are translated with. Compared by value: an equal one changes no Service.</summary>
internal sealed class NodeView : IEquatable<NodeView>
{
    private const string ZoneLabel = "topology.kubernetes.io/zone";

    private NodeView(string? name, string? zone, ImmutableArray<IPAddress> internalIPs, ImmutableArray<IPAddress> nodePortAddresses, bool hasIPv6)
    {
        Name = name;
        Zone = zone;
        InternalIPs = internalIPs;
        NodePortAddresses = nodePortAddresses;
        HasIPv6 = hasIPv6;
    }

    public string? Name { get; }

    public string? Zone { get; }

    public ImmutableArray<IPAddress> InternalIPs { get; }

    /// <summary>Where node ports listen; a wildcard address stands for all of its family.</summary>
    public ImmutableArray<IPAddress> NodePortAddresses { get; }

    /// <summary>Whether this host can have IPv6 connections at all.</summary>
    public bool HasIPv6 { get; }

    public bool HasFamily(AddressFamily family) => HasIPv6 || family == AddressFamily.InterNetwork;

    public static NodeView Of(TranslationOptions options, Node? node, IHostAddresses host)
    {
        ImmutableArray<IPAddress> internalIPs = AddressesOf(node);
        string? zone = node is not null && node.Metadata.Labels.TryGetValue(ZoneLabel, out string? label) && label.Length > 0 ? label : null;
        return new NodeView(options.NodeNameWith(node), zone, internalIPs, [.. NodePorts(options, internalIPs, host).Distinct()], SupportsIPv6(host));
    }

    /// <summary>The InternalIPs that a Node reports, in its order.</summary>
    public static ImmutableArray<IPAddress> AddressesOf(Node? node)
    {
        ImmutableArray<IPAddress>.Builder addresses = ImmutableArray.CreateBuilder<IPAddress>();
        foreach (NodeAddress item in node?.Status?.Addresses ?? [])
        {
            if (item.Type == "InternalIP" && IPLiteral.TryParse(item.Address, out IPAddress? address))
            {
                addresses.Add(address);
            }
        }

        return addresses.ToImmutable();
    }

    public bool Equals(NodeView? other) => other is not null && Name == other.Name && Zone == other.Zone && HasIPv6 == other.HasIPv6
        && InternalIPs.AsSpan().SequenceEqual(other.InternalIPs.AsSpan())
        && NodePortAddresses.AsSpan().SequenceEqual(other.NodePortAddresses.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as NodeView);

    public override int GetHashCode() => HashCode.Combine(Name, Zone);

    private static IEnumerable<IPAddress> NodePorts(TranslationOptions options, ImmutableArray<IPAddress> internalIPs, IHostAddresses host)
    {
        if (!options.NodePortAddresses.IsDefaultOrEmpty)
        {
            return options.NodePortAddresses.SelectMany(item => Expand(item, internalIPs, host));
        }

        return options.IsCluster ? Wildcards(host) : [options.BindAddress];
    }

    private static IEnumerable<IPAddress> Expand(NodePortAddress item, ImmutableArray<IPAddress> internalIPs, IHostAddresses host) => item switch
    {
        { Address: { } address } => [address],
        { IsPrimary: true } => internalIPs.DistinctBy(a => a.AddressFamily),
        // A listener on [::] has the IPv4 clients, too, so the IPv6 counterpart of this is a list.
        { Network: { PrefixLength: 0, BaseAddress.AddressFamily: AddressFamily.InterNetwork } } => [IPAddress.Any],
        { Network: { } network } => host.All.Where(network.Contains),
        _ => Wildcards(host),
    };

    /// <summary>A host without IPv6 cannot bind <c>[::]</c>.</summary>
    private static IEnumerable<IPAddress> Wildcards(IHostAddresses host) => SupportsIPv6(host) ? [IPAddress.Any, IPAddress.IPv6Any] : [IPAddress.Any];

    private static bool SupportsIPv6(IHostAddresses host) => host.All.Any(a => a.AddressFamily == AddressFamily.InterNetworkV6);
}
