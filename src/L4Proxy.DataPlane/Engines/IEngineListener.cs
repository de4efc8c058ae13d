using System.Net;

namespace L4Proxy.DataPlane.Engines;

/// <summary>One listening address of one Service port.</summary>
public interface IEngineListener
{
    /// <summary>The real address: a port 0 is replaced by the one chosen.</summary>
    IPEndPoint LocalEndPoint { get; }

    /// <summary>
    /// Starts or stops listening while the address stays bound. Stopped, the kernel refuses clients
    /// (ECONNREFUSED) and nobody else can take the port; clients still in the backlog are reset.
    /// A listener starts out stopped. Calls are serialised by the caller.
    /// </summary>
    /// <exception cref="ListenException">The address cannot be listened on.</exception>
    void SetOpen(bool open);

    /// <summary>Gives the address up. Connections that were accepted go on.</summary>
    ValueTask CloseAsync();
}
