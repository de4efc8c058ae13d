using System.Buffers.Binary;
using System.Net;
using System.Text;
using L4Proxy.DataPlane.ProxyProtocol;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Tests.ProxyProtocol;

/// <summary>Headers as their bytes, made without the writer under test.</summary>
internal static class HeaderBytes
{
    public static byte[] Signature { get; } = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    /// <summary>Example addresses of version 2: 192.0.2.1:4660 to 198.51.100.2:443.</summary>
    public static byte[] Block4 { get; } = [192, 0, 2, 1, 198, 51, 100, 2, 0x12, 0x34, 0x01, 0xBB];

    /// <summary>2001:db8::1, port 4660, to 2001:db8::2, port 443.</summary>
    public static byte[] Block6 { get; } =
        [.. IPAddress.Parse("2001:db8::1").GetAddressBytes(), .. IPAddress.Parse("2001:db8::2").GetAddressBytes(), 0x12, 0x34, 0x01, 0xBB];

    public static ProxyHeader Header4 { get; } = Header("192.0.2.1", 4660, "198.51.100.2", 443);

    public static ProxyHeader Header6 { get; } = Header("2001:db8::1", 4660, "2001:db8::2", 443);

    public static byte[] V1(string line) => Encoding.ASCII.GetBytes(line);

    /// <summary>A header of version 2 whose length is that of what follows.</summary>
    public static byte[] V2(byte command, byte family, params byte[] block)
    {
        byte[] length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)block.Length);
        return [.. Signature, command, family, .. length, .. block];
    }

    public static byte[] Tlv(byte type, params byte[] value) => [type, (byte)(value.Length >> 8), (byte)value.Length, .. value];

    /// <summary>The checksum bit by bit, as RFC 4960 defines it.</summary>
    public static uint SlowCrc32C(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
            }
        }

        return ~crc;
    }

    public static ProxyHeader Header(string source, ushort sourcePort, string destination, ushort destinationPort) =>
        new(Address(source, sourcePort), Address(destination, destinationPort));

    public static ClientAddress Address(string address, ushort port) => ClientAddress.From(new IPEndPoint(IPAddress.Parse(address), port));

    public static (ProxyHeaderStatus Status, ProxyHeader Header, int Length) Read(ReadOnlySpan<byte> bytes)
    {
        ProxyHeaderStatus status = ProxyHeaderReader.Read(bytes, out ProxyHeader header, out int length);
        return (status, header, length);
    }
}
