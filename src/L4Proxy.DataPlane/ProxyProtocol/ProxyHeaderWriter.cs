using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.ProxyProtocol;

/// <summary>The headers that this proxy sends. Pure, without an allocation.</summary>
internal static class ProxyHeaderWriter
{
    /// <summary>Bytes that are room enough for any header.</summary>
    public const int MaxLength = ProxyV1.MaxLength;

    /// <summary>Writes the header of a connection that is relayed.</summary>
    /// <param name="options">Version and checksum; the version is not None.</param>
    /// <param name="header">Who the client is and where it connected to.</param>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <returns>The number of bytes.</returns>
    public static int Write(ProxyProtocolOptions options, in ProxyHeader header, Span<byte> destination) => options.Send == ProxyProtocolVersion.V1
        ? ProxyV1.Write(header, destination)
        : ProxyV2.Write(header, options.SendChecksum, destination);

    /// <summary>
    /// Writes the header of a health check. LOCAL says in version 2 that nobody is relayed. Version 1 has only UNKNOWN for it,
    /// which some receivers reject: as the specification recommends and HAProxy does, its line has the check's own addresses.
    /// </summary>
    /// <param name="options">Version and checksum; the version is not None.</param>
    /// <param name="own">Both ends of the check's connection.</param>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <returns>The number of bytes.</returns>
    public static int WriteForCheck(ProxyProtocolOptions options, in ProxyHeader own, Span<byte> destination) =>
        Write(options, options.Send == ProxyProtocolVersion.V1 ? own : ProxyHeader.Local, destination);
}
