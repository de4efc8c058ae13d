using System.Buffers.Binary;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.ProxyProtocol;

/// <summary>Version 2 (section 2.2 of the specification): a binary header.</summary>
internal static class ProxyV2
{
    /// <summary>The longest header that is written: addresses of IPv6 and the checksum.</summary>
    public const int MaxWritten = FixedLength + IPv6Length + ChecksumTlvLength;

    /// <summary>Signature, version and command, family and transport, length.</summary>
    private const int FixedLength = 16;

    private const int IPv4Length = 12;
    private const int IPv6Length = 36;
    private const int UnixLength = 216;
    private const int TlvHeaderLength = 3;
    private const int ChecksumTlvLength = TlvHeaderLength + Crc32C.Length;

    private const byte Version = 0x20;
    private const byte LocalCommand = Version;
    private const byte ProxyCommand = Version | 1;
    private const byte Tcp4 = 0x11;
    private const byte Tcp6 = 0x21;

    /// <summary>PP2_TYPE_CRC32C.</summary>
    private const byte ChecksumType = 0x03;

    /// <summary>The first twelve bytes.</summary>
    public static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    public static ProxyHeaderStatus Read(ReadOnlySpan<byte> bytes, out ProxyHeader header, out int length)
    {
        header = ProxyHeader.Local;
        length = 0;
        if (!ProxyHeaderReader.Agree(bytes, Signature) || !MayGoOn(bytes))
        {
            return ProxyHeaderStatus.Invalid;
        }

        if (bytes.Length < FixedLength)
        {
            return ProxyHeaderStatus.Incomplete;
        }

        length = FixedLength + BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        if (length > ProxyHeaderReader.MaxLength)
        {
            return ProxyHeaderStatus.Invalid;
        }

        if (bytes.Length < length)
        {
            return ProxyHeaderStatus.Incomplete;
        }

        return TryParse(bytes[..length], out header) ? ProxyHeaderStatus.Complete : ProxyHeaderStatus.Invalid;
    }

    /// <summary>Writes the header; IPv4 beside IPv6 is written in its mapped form, as HAProxy does.</summary>
    /// <param name="header">What to say; without addresses it is a LOCAL one.</param>
    /// <param name="checksum">Whether to add a checksum.</param>
    /// <param name="destination">At least <see cref="MaxWritten"/> bytes.</param>
    /// <returns>The number of bytes.</returns>
    public static int Write(in ProxyHeader header, bool checksum, Span<byte> destination)
    {
        Signature.CopyTo(destination);
        destination[12] = header.HasAddresses ? ProxyCommand : LocalCommand;
        destination[13] = 0;
        int length = FixedLength;
        if (header.HasAddresses)
        {
            bool isIPv4 = header.Source.IsIPv4 && header.Destination.IsIPv4;
            destination[13] = isIPv4 ? Tcp4 : Tcp6;
            length += WriteAddresses(header, isIPv4, destination[FixedLength..]);
        }

        int total = checksum ? length + ChecksumTlvLength : length;
        BinaryPrimitives.WriteUInt16BigEndian(destination[14..], (ushort)(total - FixedLength));
        if (checksum)
        {
            destination[length] = ChecksumType;
            BinaryPrimitives.WriteUInt16BigEndian(destination[(length + 1)..], Crc32C.Length);
            int field = length + TlvHeaderLength;
            BinaryPrimitives.WriteUInt32BigEndian(destination[field..], Crc32C.Of(destination[..total], field));
        }

        return total;
    }

    /// <summary>Judges version, command, family and transport as soon as they are there.</summary>
    private static bool MayGoOn(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        <= 12 => true,
        13 => bytes[12] is LocalCommand or ProxyCommand,

        // The family of a LOCAL header is to be ignored.
        _ => bytes[12] == LocalCommand || (bytes[12] == ProxyCommand && bytes[13] >> 4 <= 3 && (bytes[13] & 0xF) <= 2),
    };

    private static bool TryParse(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = ProxyHeader.Local;
        int addresses = AddressLength(bytes[13]);
        if (bytes[12] == LocalCommand || addresses == 0)
        {
            // The rest of the block has no known shape and is to be discarded.
            return true;
        }

        ReadOnlySpan<byte> block = bytes[FixedLength..];
        if (block.Length < addresses || !AreTlvsValid(bytes, FixedLength + addresses))
        {
            return false;
        }

        header = bytes[13] switch
        {
            Tcp4 => new ProxyHeader(
                ClientAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(block), Port(block, 8)),
                ClientAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(block[4..]), Port(block, 10))),
            Tcp6 => new ProxyHeader(
                ClientAddress.FromIPv6(block[..16], Port(block, 32)), ClientAddress.FromIPv6(block[16..32], Port(block, 34))),

            // Datagrams and Unix sockets are no addresses of a TCP client: a receiver falls back to its own knowledge.
            _ => ProxyHeader.Local,
        };
        return true;
    }

    /// <summary>Bytes of the addresses; 0 when family or transport are unspecified, and nothing is known of the block.</summary>
    private static int AddressLength(byte family) => (family & 0xF) == 0 ? 0 : (family >> 4) switch
    {
        1 => IPv4Length,
        2 => IPv6Length,
        3 => UnixLength,
        _ => 0,
    };

    private static ushort Port(ReadOnlySpan<byte> block, int offset) => BinaryPrimitives.ReadUInt16BigEndian(block[offset..]);

    /// <summary>Whether type-length-value fields fill the header to its end; of their values only a checksum is looked at.</summary>
    private static bool AreTlvsValid(ReadOnlySpan<byte> bytes, int offset)
    {
        int checksum = 0;
        while (offset < bytes.Length)
        {
            ReadOnlySpan<byte> tlv = bytes[offset..];
            if (tlv.Length < TlvHeaderLength)
            {
                return false;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(tlv[1..]);
            if (tlv.Length - TlvHeaderLength < length)
            {
                return false;
            }

            if (tlv[0] == ChecksumType)
            {
                if (checksum != 0 || length != Crc32C.Length)
                {
                    return false;
                }

                checksum = offset + TlvHeaderLength;
            }

            offset += TlvHeaderLength + length;
        }

        return checksum == 0 || BinaryPrimitives.ReadUInt32BigEndian(bytes[checksum..]) == Crc32C.Of(bytes, checksum);
    }

    private static int WriteAddresses(in ProxyHeader header, bool isIPv4, Span<byte> destination)
    {
        int ports;
        if (isIPv4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)header.Source.Address);
            BinaryPrimitives.WriteUInt32BigEndian(destination[4..], (uint)header.Destination.Address);
            ports = 8;
        }
        else
        {
            BinaryPrimitives.WriteUInt128BigEndian(destination, header.Source.Address);
            BinaryPrimitives.WriteUInt128BigEndian(destination[16..], header.Destination.Address);
            ports = 32;
        }

        BinaryPrimitives.WriteUInt16BigEndian(destination[ports..], header.Source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(destination[(ports + 2)..], header.Destination.Port);
        return ports + 4;
    }
}
