using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Balancing;

/// <summary>
/// Which endpoint each client of a Service port is pinned to. Keyed by the client's address without its port,
/// bounded, the least recently used pin out first. Split into stripes with a lock each, held for a few dozen
/// instructions; finding a pin allocates nothing.
/// </summary>
internal sealed class AffinityTable
{
    /// <summary>More locks than loops of a large machine are likely to want at once.</summary>
    private const int StripeCount = 16;

    /// <summary>
    /// Below this size one stripe holds all, since small stripes fill unevenly: with 256 pins in each, the
    /// fullest is within a fifth of the mean.
    /// </summary>
    private const int MinStripedEntries = StripeCount * 256;

    private readonly AffinityStripe?[] _stripes;

    public AffinityTable(int maxEntries)
    {
        MaxEntries = maxEntries;
        _stripes = new AffinityStripe?[maxEntries < MinStripedEntries ? 1 : StripeCount];
    }

    public int MaxEntries { get; }

    /// <summary>Pins held, those that have expired but were not reclaimed yet included.</summary>
    public int Count => _stripes.Sum(s => s?.Count ?? 0);

    /// <summary>The client's pin, renewed by being found; null when there is none or it has expired.</summary>
    public EndpointState? Find(UInt128 client, long nowMs, long timeoutMs) =>
        StripeOf(client, out int hash).Find(client, hash, nowMs, timeoutMs);

    /// <summary>
    /// Pins the client unless it got another pin meanwhile: several connections of a new client that arrive at
    /// once on different loops must agree.
    /// </summary>
    /// <param name="client">The client's address.</param>
    /// <param name="endpoint">What was chosen for it.</param>
    /// <param name="replaced">The pin that <see cref="Find"/> gave and that cannot be used; null when it gave none.</param>
    /// <param name="nowMs">Monotonic milliseconds.</param>
    /// <param name="timeoutMs">How long a pin lives unused.</param>
    /// <returns>The pin that holds now.</returns>
    public EndpointState Pin(UInt128 client, EndpointState endpoint, EndpointState? replaced, long nowMs, long timeoutMs) =>
        StripeOf(client, out int hash).Pin(client, hash, endpoint, replaced, nowMs, timeoutMs);

    /// <summary>Pins the client whatever its pin was.</summary>
    public void Set(UInt128 client, EndpointState endpoint, long nowMs) => StripeOf(client, out int hash).Set(client, hash, endpoint, nowMs);

    /// <summary>Removes the client's pin if it leads to this endpoint.</summary>
    public void Drop(UInt128 client, EndpointState endpoint) => StripeOf(client, out int hash).Drop(client, hash, endpoint);

    /// <summary>
    /// A table of another size with the same pins, as many as fit, the most recently used first to stay. A pin made
    /// in this table at the same moment may be missing there: its client gets another.
    /// </summary>
    public AffinityTable Resized(int maxEntries)
    {
        AffinityTable copy = new(maxEntries);
        List<AffinityPin> pins = [];
        foreach (AffinityStripe? stripe in _stripes)
        {
            stripe?.CopyTo(pins);
        }

        pins.Sort((a, b) => a.LastUsedMs.CompareTo(b.LastUsedMs));
        foreach (AffinityPin pin in pins)
        {
            copy.Set(pin.Client, pin.Endpoint, pin.LastUsedMs);
        }

        return copy;
    }

    private AffinityStripe StripeOf(UInt128 client, out int hash)
    {
        // HashCode is seeded at random in each process: clients cannot aim at one chain.
        hash = HashCode.Combine((ulong)client, (ulong)(client >> 64));
        int index = (int)((uint)hash % (uint)_stripes.Length);
        return Volatile.Read(ref _stripes[index]) ?? MakeStripe(index);
    }

    private AffinityStripe MakeStripe(int index)
    {
        int capacity = (MaxEntries / _stripes.Length) + (index < MaxEntries % _stripes.Length ? 1 : 0);
        AffinityStripe made = new(capacity);
        return Interlocked.CompareExchange(ref _stripes[index], made, null) ?? made;
    }
}
