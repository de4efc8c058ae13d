using System.Net;
using System.Net.Sockets;

namespace L4Proxy.ControlPlane.Names;

/// <summary>Asks the operating system (getaddrinfo: hosts file, DNS, whatever the host is set up for).</summary>
/// <param name="deadline">Longest wait for one name.</param>
/// <param name="time">Clock of the deadline.</param>
public sealed class SystemNameResolver(TimeSpan deadline, TimeProvider time) : INameResolver
{
    /// <inheritdoc/>
    public async ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(host);
        if (IPLiteral.TryParse(host, out IPAddress? literal))
        {
            return [literal];
        }

        try
        {
            // getaddrinfo cannot be cancelled: the wait ends, the call lives on until the resolver gives up.
            IPAddress[] addresses = await Dns.GetHostAddressesAsync(host, cancellation).WaitAsync(deadline, time, cancellation);
            return [.. addresses.Distinct()];
        }
        catch (TimeoutException)
        {
            throw new SocketException((int)SocketError.TimedOut);
        }
    }
}
