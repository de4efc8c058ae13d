using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>All wishes for one port number of one protocol, by address, and who of them is refused.</summary>
/// <param name="isBound">Whether a wildcard address overlaps with the others of its family.</param>
internal sealed class PortWishes(bool isBound)
{
    private readonly Dictionary<IPAddress, List<ServicePortKey>> _byAddress = [];
    private readonly HashSet<IPAddress> _changed = [];

    /// <summary>Refused wishes and their holders, as long as a wildcard address overlaps; else an address has its first in order.</summary>
    private readonly Dictionary<(ServicePortKey Key, IPAddress Address), ServicePortKey> _refusals = [];

    public bool IsEmpty => _byAddress.Count == 0;

    private bool HasOverlap => isBound && (_byAddress.ContainsKey(IPAddress.Any) || _byAddress.ContainsKey(IPAddress.IPv6Any));

    public void Add(ServicePortKey key, IPAddress address)
    {
        if (!_byAddress.TryGetValue(address, out List<ServicePortKey>? keys))
        {
            _byAddress.Add(address, keys = new List<ServicePortKey>(capacity: 1));
        }

        int index = keys.BinarySearch(key);
        keys.Insert(index < 0 ? ~index : index, key);
        _changed.Add(address);
    }

    public void Remove(ServicePortKey key, IPAddress address)
    {
        List<ServicePortKey> keys = _byAddress[address];
        keys.RemoveAt(keys.BinarySearch(key));
        if (keys.Count == 0)
        {
            _byAddress.Remove(address);
        }

        _changed.Add(address);
    }

    /// <summary>Decides anew what changed, and adds the Service ports whose refusals may be others now.</summary>
    public void Settle(HashSet<ServicePortKey> concerned)
    {
        foreach (IPAddress address in _changed)
        {
            if (_byAddress.TryGetValue(address, out List<ServicePortKey>? keys))
            {
                concerned.UnionWith(keys);
            }
        }

        _changed.Clear();
        concerned.UnionWith(_refusals.Keys.Select(static r => r.Key));
        _refusals.Clear();
        if (HasOverlap)
        {
            RefuseOverlapping();
            concerned.UnionWith(_refusals.Keys.Select(static r => r.Key));
        }
    }

    /// <summary>Who has the address that a Service port wishes for in its place; null when that has it itself.</summary>
    public ServicePortKey? HolderInsteadOf(ServicePortKey key, IPAddress address)
    {
        if (HasOverlap)
        {
            return _refusals.TryGetValue((key, address), out ServicePortKey holder) ? holder : null;
        }

        ServicePortKey first = _byAddress[address][0];
        return first == key ? null : first;
    }

    /// <summary>Whether somebody wishes for an address, or for a wildcard address that has it among this host's.</summary>
    public bool HasListener(IPAddress address, bool isHere) => _byAddress.ContainsKey(address)
        || (isHere && address.AddressFamily == AddressFamily.InterNetwork && _byAddress.ContainsKey(IPAddress.Any))
        || (isHere && (isBound || address.AddressFamily == AddressFamily.InterNetworkV6) && _byAddress.ContainsKey(IPAddress.IPv6Any));

    /// <summary>Grants wishes in the order of their Service ports.</summary>
    private void RefuseOverlapping()
    {
        // Stable, so that the wishes of one Service port stay in one order.
        IEnumerable<(ServicePortKey Key, IPAddress Address)> ordered = _byAddress
            .SelectMany(static w => w.Value, static (w, key) => (Key: key, Address: w.Key))
            .OrderBy(static w => w.Key)
            .ThenBy(static w => w.Address, Comparer<IPAddress>.Create(AddressOrder.Compare));
        Dictionary<IPAddress, ServicePortKey> granted = [];
        Dictionary<AddressFamily, ServicePortKey> first = [];
        foreach ((ServicePortKey key, IPAddress address) in ordered)
        {
            if (HolderOf(address, granted, first) is { } holder)
            {
                _refusals[(key, address)] = holder;
            }
            else
            {
                granted.Add(address, key);
                first.TryAdd(address.AddressFamily, key);
            }
        }
    }

    private static ServicePortKey? HolderOf(
        IPAddress address, Dictionary<IPAddress, ServicePortKey> granted, Dictionary<AddressFamily, ServicePortKey> first)
    {
        if (granted.TryGetValue(address, out ServicePortKey holder) || granted.TryGetValue(IPAddress.IPv6Any, out holder))
        {
            return holder;
        }

        bool isIPv4 = address.AddressFamily == AddressFamily.InterNetwork;
        if (isIPv4 && granted.TryGetValue(IPAddress.Any, out holder))
        {
            return holder;
        }

        // A wildcard comes too late when somebody has an address that it covers.
        bool isWildcard = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
        return isWildcard && first.TryGetValue(AddressFamily.InterNetwork, out holder) ? holder
            : isWildcard && !isIPv4 && first.TryGetValue(AddressFamily.InterNetworkV6, out holder) ? holder
            : null;
    }
}
