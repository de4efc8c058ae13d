using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.ProxyProtocol;

/// <summary>The headers that this proxy sends. Pure, without an allocation.</summary>
internal static class ProxyHeaderWriter
{
    /// <summary>Bytes that are room enough for any header.</summary>
    public const int MaxLength = ProxyV1.MaxLength;

    /// <summary>Writes a header.</summary>
    /// <param name="options">Version and checksum; the version is not None.</param>
    /// <param name="header">Who the client is and where it connected to.</param>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <returns>The number of bytes.</returns>
    public static int Write(ProxyProtocolOptions options, in ProxyHeader header, Span<byte> destination) => options.Send == ProxyProtocolVersion.V1
        ? ProxyV1.Write(header, destination)
        : ProxyV2.Write(header, options.SendChecksum, destination);
}
