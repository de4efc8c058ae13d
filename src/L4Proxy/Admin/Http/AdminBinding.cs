using System.Net;

namespace L4Proxy.Admin.Http;

/// <summary>An address that is to be served. Its listener is there while the address could be bound.</summary>
/// <param name="name">What it is called in log lines.</param>
/// <param name="address">Where it is to be; port 0 takes any.</param>
/// <param name="route">What answers there.</param>
/// <param name="maxConnections">Connections at once, at least 1.</param>
internal sealed class AdminBinding(string name, IPEndPoint address, IAdminRoute route, int maxConnections)
{
    public string Name => name;

    public IPEndPoint Address => address;

    public IAdminRoute Route => route;

    public int MaxConnections => maxConnections;

    /// <summary>
    /// Whether it is one of many that share a number of connections. Who fills all of those must not thereby fail the probes of
    /// the addresses that there are one of, because kubelet ends the proxy for that.
    /// </summary>
    public bool IsShared { get; init; }

    /// <summary>Guarded by the server's gate.</summary>
    public AdminListener? Listener { get; set; }

    /// <summary>Why the address could not be bound, as it was logged; guarded by the server's gate.</summary>
    public string? Error { get; set; }
}
