using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Engines;

/// <summary>Counts open connections against the global and the Service's limit. Shared by all threads of an engine.</summary>
internal sealed class ConnectionLimits(int maxConnections)
{
    private int _active;

    /// <summary>Connections at once in all.</summary>
    public int MaxConnections => maxConnections;

    public int Active => Volatile.Read(ref _active);

    /// <summary>Takes a place for a connection; false when a limit is reached, and then nothing is taken.</summary>
    public bool TryEnter(ServiceState service)
    {
        if (Interlocked.Increment(ref _active) > maxConnections)
        {
            Interlocked.Decrement(ref _active);
            return false;
        }

        int serviceLimit = service.Entry.Options.MaxConnections;
        if (service.Enter() > serviceLimit && serviceLimit > 0)
        {
            service.Leave();
            Interlocked.Decrement(ref _active);
            return false;
        }

        return true;
    }

    /// <summary>Whether the global limit leaves a place.</summary>
    public bool HasGlobalRoom => Volatile.Read(ref _active) < maxConnections;

    /// <summary>Whether both limits leave a place; by the time it is taken it may be gone.</summary>
    public bool HasRoom(ServiceState service)
    {
        int serviceLimit = service.Entry.Options.MaxConnections;
        return HasGlobalRoom && (serviceLimit == 0 || service.Active < serviceLimit);
    }

    public void Leave(ServiceState service)
    {
        service.Leave();
        Interlocked.Decrement(ref _active);
    }
}
