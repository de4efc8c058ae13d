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

    /// <summary>
    /// The header of a health check. LOCAL says in version 2 that nobody is relayed. Version 1 has only UNKNOWN for it, which
    /// some receivers reject: as the specification recommends and HAProxy does, its line has the check's own addresses.
    /// </summary>
    /// <param name="version">Version of the header.</param>
    /// <param name="own">Both ends of the check's connection.</param>
    public static ProxyHeader ForCheck(ProxyProtocolVersion version, in ProxyHeader own) => version == ProxyProtocolVersion.V1 ? own : Local;
}
