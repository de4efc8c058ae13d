using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Engines;

/// <summary>Counts open connections against the global and the Service's limit. Shared by all threads of an engine.</summary>
internal sealed class ConnectionLimits(ResourceBudget budget)
{
    private int _maxConnections = budget.MaxConnections;
    private int _listenerDescriptors;
    private int _active;

    /// <summary>Connections at once in all.</summary>
    public int MaxConnections => Volatile.Read(ref _maxConnections);

    public int Active => Volatile.Read(ref _active);

    /// <summary>Connections that may still come before the global limit is reached; negative when it has shrunk since.</summary>
    public int FreePlaces => MaxConnections - Active;

    /// <summary>Takes a place for a connection; false when a limit is reached, and then nothing is taken.</summary>
    public bool TryEnter(ServiceState service)
    {
        if (!TryEnterProxy())
        {
            return false;
        }

        if (TryEnterService(service))
        {
            return true;
        }

        LeaveProxy();
        return false;
    }

    /// <summary>The first half of <see cref="TryEnter"/>: takes a place among all.</summary>
    public bool TryEnterProxy()
    {
        if (Interlocked.Increment(ref _active) <= MaxConnections)
        {
            return true;
        }

        LeaveProxy();
        return false;
    }

    /// <summary>The second half of <see cref="TryEnter"/>: takes a place among the Service's own.</summary>
    public static bool TryEnterService(ServiceState service)
    {
        int limit = service.Entry.Options.MaxConnections;
        if (service.Enter() <= limit || limit == 0)
        {
            return true;
        }

        service.Leave();
        return false;
    }

    /// <summary>
    /// Whether the next client may be accepted, to be served or to be reset for want of a place: only the Service's own
    /// limit resets, the global one always lets clients wait. By the time a place is taken it may be gone.
    /// </summary>
    public bool MayAccept(ServiceState service)
    {
        ServiceOptions options = service.Entry.Options;
        return Volatile.Read(ref _active) < MaxConnections
            && (options.MaxConnections == 0 || service.Active < options.MaxConnections || options.Overflow == OverflowAction.Reset);
    }

    /// <summary>
    /// Listeners come and go long after the limit was derived, and each socket of theirs is one that no connection gets.
    /// A limit that was asked for stays: who sets it has counted.
    /// </summary>
    /// <param name="count">Sockets opened; negative for those closed.</param>
    public void AddListenerDescriptors(int count)
    {
        int listeners = Interlocked.Add(ref _listenerDescriptors, count);
        if (budget.IsDerived)
        {
            int left = budget.MaxConnections - (listeners / ResourceBudget.DescriptorsPerConnection);
            Volatile.Write(ref _maxConnections, Math.Max(left, Math.Min(budget.MaxConnections, ResourceBudget.FewestConnections)));
        }
    }

    /// <summary>Gives back what <see cref="TryEnterProxy"/> took.</summary>
    public void LeaveProxy() => Interlocked.Decrement(ref _active);

    /// <summary>Gives back what <see cref="TryEnter"/> took.</summary>
    public void Leave(ServiceState service)
    {
        service.Leave();
        LeaveProxy();
    }
}
