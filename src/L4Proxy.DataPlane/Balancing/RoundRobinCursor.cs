namespace L4Proxy.DataPlane.Balancing;

/// <summary>
/// Whose turn it is, for one Service port and all event loops. It starts anywhere, so that the proxies of many
/// nodes do not all begin with the same endpoint.
/// </summary>
internal sealed class RoundRobinCursor(ulong start)
{
    private ulong _next = start;

    public RoundRobinCursor()
        : this((ulong)Random.Shared.NextInt64())
    {
    }

    public ulong Next() => Interlocked.Increment(ref _next);
}
