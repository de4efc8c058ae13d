using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace L4Proxy.DataPlane.Services;

/// <summary>
/// Address and port of a client, without an allocation. IPv4 is held in its IPv4-mapped form (RFC 4291,
/// section 2.5.5.2), so the same client is equal whichever family its listener had.
/// </summary>
/// <param name="Address">The address, network byte order read as a big-endian number.</param>
/// <param name="Port">The port.</param>
public readonly record struct ClientAddress(UInt128 Address, ushort Port)
{
    private const ulong MappedPrefix = 0x0000_FFFF_0000_0000;

    public bool IsIPv4 => (ulong)(Address >> 64) == 0 && ((ulong)Address & 0xFFFF_FFFF_0000_0000) == MappedPrefix;

    /// <summary>The mapped form of an IPv4 address.</summary>
    /// <param name="hostOrder">The IPv4 address as a number, first octet most significant.</param>
    /// <param name="port">The port.</param>
    public static ClientAddress FromIPv4(uint hostOrder, ushort port) => new(new UInt128(0, MappedPrefix | hostOrder), port);

    /// <summary>An IPv6 address as it is.</summary>
    /// <param name="bytes">The 16 bytes of an IPv6 address in network order.</param>
    /// <param name="port">The port.</param>
    public static ClientAddress FromIPv6(ReadOnlySpan<byte> bytes, ushort port) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes), port);

    public static ClientAddress From(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        Span<byte> bytes = stackalloc byte[16];
        _ = endPoint.Address.TryWriteBytes(bytes, out int written);
        return endPoint.AddressFamily == AddressFamily.InterNetwork && written == 4
            ? FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes), (ushort)endPoint.Port)
            : FromIPv6(bytes, (ushort)endPoint.Port);
    }

    public IPEndPoint ToIPEndPoint()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Address);
        return new IPEndPoint(new IPAddress(IsIPv4 ? bytes[12..] : bytes), Port);
    }

    public override string ToString() => ToIPEndPoint().ToString();
}
