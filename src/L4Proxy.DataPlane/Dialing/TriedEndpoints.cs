using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Dialing;

/// <summary>The endpoints that were dialled for one client: few, so that a search is a short scan.</summary>
internal sealed class TriedEndpoints
{
    /// <summary>The largest <see cref="DialOptions.MaxEndpoints"/>.</summary>
    public const int Capacity = 16;

    private readonly EndpointState?[] _items = new EndpointState?[Capacity];

    public int Count { get; private set; }

    public void Add(EndpointState endpoint) => _items[Count++] = endpoint;

    public bool Contains(EndpointState endpoint)
    {
        for (int i = 0; i < Count; i++)
        {
            if (ReferenceEquals(_items[i], endpoint))
            {
                return true;
            }
        }

        return false;
    }

    public void Clear()
    {
        _items.AsSpan(0, Count).Clear();
        Count = 0;
    }
}
