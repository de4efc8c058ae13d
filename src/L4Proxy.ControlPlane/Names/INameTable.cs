using System.Collections.Immutable;
using System.Net;

namespace L4Proxy.ControlPlane.Names;

/// <summary>Addresses of host names as they are known now; looking one up never waits.</summary>
public interface INameTable
{
    /// <summary>Some name's addresses or its error changed. Raised on a background thread.</summary>
    event EventHandler? Changed;

    /// <summary>
    /// Addresses of a followed name, those of the last success when resolving fails; an IP literal is its own
    /// address. Empty while none is known.
    /// </summary>
    ImmutableArray<IPAddress> Lookup(string host);

    /// <summary>Why the last attempt to resolve a followed name failed, one line; null when it succeeded.</summary>
    string? ErrorOf(string host);
}
