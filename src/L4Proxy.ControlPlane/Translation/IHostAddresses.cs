using System.Collections.Immutable;
using System.Net;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>The addresses of this host, as far as a translation depends on them.</summary>
public interface IHostAddresses : IAddressProbe
{
    /// <summary><see cref="All"/> is another list than before. Raised on a background thread.</summary>
    event EventHandler? Changed;

    /// <summary>
    /// The unicast addresses of all interfaces that are up, loopback included, each once, IPv4 first. The same instance
    /// while nothing changes. IPv6 link-local ones are left out: every Pod that starts brings one, and no client of a
    /// Service uses it.
    /// </summary>
    ImmutableArray<IPAddress> All { get; }
}
