using System.Net;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Proxy ports from a range. The search starts at a place that the owner's name determines, so that after a restart most
/// Services have the port again that they had.
/// </summary>
/// <param name="range">The range.</param>
/// <param name="probe">Says which ports are free on this host.</param>
/// <param name="isWanted">Whether a Service asks for a port by its number.</param>
internal sealed class RangeProxyPorts(PortRange range, IAddressProbe probe, Func<int, bool> isWanted) : IProxyPorts
{
    private readonly Dictionary<ServiceId, Dictionary<ProxyPortOwner, int>> _byService = [];
    private readonly HashSet<int> _taken = [];
    private readonly SortedSet<ServiceId> _unserved = [];
    private Dictionary<ProxyPortOwner, int> _before = [];
    private Dictionary<ProxyPortOwner, int> _now = [];
    private ServiceId _current;
    private bool _exhausted;

    /// <inheritdoc/>
    public void Begin(ServiceId service)
    {
        _current = service;
        _unserved.Remove(service);
        _now = [];
        if (!_byService.Remove(service, out Dictionary<ProxyPortOwner, int>? before))
        {
            before = [];
        }

        _before = before;
    }

    /// <inheritdoc/>
    public int? Get(ProxyPortOwner owner)
    {
        if (!_before.Remove(owner, out int port))
        {
            if (Search(owner) is not { } found)
            {
                _unserved.Add(_current);
                return null;
            }

            port = found;
        }

        _now[owner] = port;
        return port;
    }

    /// <inheritdoc/>
    public void End(ServiceId service)
    {
        if (_now.Count > 0)
        {
            _byService[service] = _now;
        }

        foreach (int port in _before.Values)
        {
            _taken.Remove(port);
            _exhausted = false;
        }
    }

    /// <summary>Services that got no port although one is free now; each is named once.</summary>
    public IEnumerable<ServiceId> TakeRetries()
    {
        if (_exhausted || _unserved.Count == 0)
        {
            return [];
        }

        ServiceId[] retries = [.. _unserved];
        _unserved.Clear();
        return retries;
    }

    private int? Search(ProxyPortOwner owner)
    {
        if (_exhausted)
        {
            return null;
        }

        int start = (int)(Hash($"{_current.Namespace}/{_current.Name}:{owner.Port}/{owner.Kind}/{owner.Bind.AddressFamily}") % (uint)range.Count);
        for (int i = 0; i < range.Count; i++)
        {
            int port = range.First + ((start + i) % range.Count);
            if (!_taken.Contains(port) && !isWanted(port) && probe.IsFree(new IPEndPoint(owner.Bind, port)))
            {
                _taken.Add(port);
                return port;
            }
        }

        _exhausted = true;
        return null;
    }

    /// <summary>32-bit FNV-1a (draft-eastlake-fnv): the same in every process, unlike the hash of a string.</summary>
    private static uint Hash(string text)
    {
        uint hash = 2166136261;
        foreach (char c in text)
        {
            hash = (hash ^ c) * 16777619;
        }

        return hash;
    }
}
