using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.ProxyProtocol;

/// <summary>
/// What a header says of a connection. Without addresses (LOCAL, UNKNOWN, or a family or transport that is not TCP over
/// IP) the connection's own addresses are the ones that count.
/// </summary>
/// <param name="Source">The client.</param>
/// <param name="Destination">Where the client connected to.</param>
internal readonly record struct ProxyHeader(ClientAddress Source, ClientAddress Destination)
{
    /// <summary>A header that names no addresses.</summary>
    public static ProxyHeader Local => default;

    public bool HasAddresses { get; } = true;
}
