using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>All wishes for one port number, and who of them is refused.</summary>
internal sealed class PortWishes
{
    private readonly List<(ServicePortKey Key, FrontendWish Wish)> _wishes = [];
    private Dictionary<ServicePortKey, List<PortRefusal>>? _refusals;

    public bool IsEmpty => _wishes.Count == 0;

    public IEnumerable<IPEndPoint> Addresses => _wishes.Select(static w => w.Wish.Frontend.Address);

    public IEnumerable<ServicePortKey> Refused => _refusals is null ? [] : _refusals.Keys;

    public IEnumerable<PortRefusal> RefusalsOf(ServicePortKey key) =>
        _refusals is not null && _refusals.TryGetValue(key, out List<PortRefusal>? refusals) ? refusals : [];

    public void Add(ServicePortKey key, FrontendWish wish) => _wishes.Add((key, wish));

    public void Remove(ServicePortKey key) => _wishes.RemoveAll(w => w.Key == key);

    /// <summary>Grants wishes in the order of their Service ports.</summary>
    public void Settle()
    {
        _refusals = null;
        if (_wishes.Count < 2)
        {
            return;
        }

        // Stable, so that the wishes of one Service port stay in its order.
        (ServicePortKey Key, FrontendWish Wish)[] ordered = [.. _wishes.OrderBy(w => w.Key)];
        Dictionary<IPAddress, ServicePortKey> granted = [];
        Dictionary<AddressFamily, ServicePortKey> first = [];
        foreach ((ServicePortKey key, FrontendWish wish) in ordered)
        {
            IPAddress address = wish.Frontend.Address.Address;
            if (HolderOf(address, granted, first) is { } holder)
            {
                Refuse(key, new PortRefusal(wish, holder));
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

    private void Refuse(ServicePortKey key, PortRefusal refusal)
    {
        _refusals ??= [];
        if (!_refusals.TryGetValue(key, out List<PortRefusal>? refusals))
        {
            _refusals.Add(key, refusals = []);
        }

        refusals.Add(refusal);
    }
}
