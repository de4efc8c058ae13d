namespace L4Proxy.DataPlane.Engines;

/// <summary>Settings of an engine as a whole.</summary>
public sealed record EngineOptions
{
    /// <summary>Event loops of the Linux engine: 0 (one for each core) to 1024.</summary>
    public int Loops { get; init; }

    /// <summary>Listen backlog: 1 to 65535; the kernel caps it at net.core.somaxconn.</summary>
    public int Backlog { get; init; } = 4096;

    /// <summary>Connections at once in all: 0 (derived from RLIMIT_NOFILE) to 10000000.</summary>
    public int MaxConnections { get; init; }

    /// <summary>
    /// The most sockets that listeners get at one for each event loop, so that accepting scales with the loops; further
    /// listeners get one socket each. A loop then takes its turn at a client at the cost of two more calls of
    /// epoll_ctl(2), a few per cent of what a connection costs, where a hundred listeners are far more than are busy at
    /// once. Linux engine only; for tests.
    /// </summary>
    internal int MaxOwnSockets { get; init; } = 1024;

    /// <summary>
    /// Whether IPv6 addresses are bound that only a route makes this host's (<c>local</c>, ip-route(8)), by IPV6_FREEBIND. Addresses that
    /// this host does not have at all are then bound, too. IPv4 needs nothing for it. Linux only.
    /// </summary>
    public bool BindRoutedAddresses { get; init; }

    /// <summary>
    /// Whether endpoints on this node see the client's address: they are dialled from it. <see cref="TransparentProbe"/> tells whether that
    /// is possible; packets on their way back need rules and routes besides. Where the answer would not come back to this host
    /// (an endpoint elsewhere, on the host's own address or on one link with its client) the proxy's own address is used. Linux only.
    /// </summary>
    public bool TransparentSource { get; init; }

    /// <summary>Whether bulk transfers may use splice(2). Linux engine only.</summary>
    public bool Splice { get; init; } = true;

    /// <summary>Largest number of bytes held in user memory for one direction of a connection: 4 KiB to 1 MiB.</summary>
    public int BufferSize { get; init; } = 32 * 1024;
}
