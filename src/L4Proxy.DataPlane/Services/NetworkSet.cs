using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace L4Proxy.DataPlane.Services;

/// <summary>
/// A set of networks that a client is looked up in without an allocation. Compared by value. IPv4 and IPv6 networks
/// are kept in one space by the IPv4-mapped form, as <see cref="ClientAddress"/> is; an IPv6 network around that form, such
/// as ::/0, has no IPv4 client nevertheless.
/// </summary>
public sealed class NetworkSet : IEquatable<NetworkSet>
{
    public static readonly NetworkSet Empty = new([]);

    /// <summary>Bits before the IPv4 address in its mapped form.</summary>
    private const int MappedBits = 96;

    private readonly (UInt128 Network, UInt128 Mask, bool HasIPv4)[] _prefixes;

    private NetworkSet(ImmutableArray<IPNetwork> networks)
    {
        Networks = networks;
        _prefixes = [.. networks.Select(Prefix)];
    }

    /// <summary>The networks in a stable order, each once.</summary>
    public ImmutableArray<IPNetwork> Networks { get; }

    public bool IsEmpty => _prefixes.Length == 0;

    public static NetworkSet Of(IEnumerable<IPNetwork> networks)
    {
        IPNetwork[] ordered = [.. networks.Distinct()];
        Array.Sort(ordered, static (x, y) => string.CompareOrdinal(x.ToString(), y.ToString()));
        return ordered.Length == 0 ? Empty : new NetworkSet(ImmutableCollectionsMarshal.AsImmutableArray(ordered));
    }

    /// <summary>Whether one of the networks has the address. Linear: sets are of a few to some dozens.</summary>
    public bool Contains(in ClientAddress client)
    {
        foreach ((UInt128 network, UInt128 mask, bool hasIPv4) in _prefixes)
        {
            if ((client.Address & mask) == network && (hasIPv4 || !client.IsIPv4))
            {
                return true;
            }
        }

        return false;
    }

    public bool Equals(NetworkSet? other) => other is not null && Networks.AsSpan().SequenceEqual(other.Networks.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as NetworkSet);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (IPNetwork network in Networks)
        {
            hash.Add(network);
        }

        return hash.ToHashCode();
    }

    public override string ToString() => string.Join(',', Networks);

    private static (UInt128 Network, UInt128 Mask, bool HasIPv4) Prefix(IPNetwork network)
    {
        int length = network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? network.PrefixLength + MappedBits : network.PrefixLength;
        UInt128 mask = length == 0 ? 0 : UInt128.MaxValue << (128 - length);
        return (ClientAddress.From(new IPEndPoint(network.BaseAddress, 0)).Address & mask, mask, length >= MappedBits);
    }
}
