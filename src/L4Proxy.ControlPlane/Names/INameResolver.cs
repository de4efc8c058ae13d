using System.Net;

namespace L4Proxy.ControlPlane.Names;

/// <summary>Host name to addresses.</summary>
public interface INameResolver
{
    /// <summary>All addresses of a host name, in the resolver's order, each once.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The name does not resolve.</exception>
    ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation);
}
