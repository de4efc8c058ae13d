namespace L4Proxy.DataPlane.Balancing;

/// <summary>
/// What is remembered about one endpoint set of a Service port, for all event loops. The turn starts anywhere, so that
/// the proxies of many nodes do not all begin with the same endpoint.
/// </summary>
internal sealed class EndpointSetState(ulong start)
{
    private ulong _turn = start;
    private long _nextTrialMs = long.MaxValue;

    public EndpointSetState()
        : this((ulong)Random.Shared.NextInt64())
    {
    }

    /// <summary>
    /// When an ejected endpoint of the set is to be tried again, monotonic milliseconds; <see cref="long.MaxValue"/> when
    /// none is. Written under the Service's gate.
    /// </summary>
    public long NextTrialMs
    {
        get => Volatile.Read(ref _nextTrialMs);
        set => Volatile.Write(ref _nextTrialMs, value);
    }

    /// <summary>Whose turn it is in round robin.</summary>
    public ulong NextTurn() => Interlocked.Increment(ref _turn);
}
