using System.Numerics;

namespace L4Proxy.DataPlane.ProxyProtocol;

/// <summary>The checksum of RFC 4960, appendix B (Castagnoli's polynomial), which version 2 may carry.</summary>
internal static class Crc32C
{
    /// <summary>Bytes of a checksum.</summary>
    public const int Length = sizeof(uint);

    /// <summary>The checksum of a header in which its own field counts as zero.</summary>
    /// <param name="header">The whole header.</param>
    /// <param name="field">Where the checksum stands in it.</param>
    public static uint Of(ReadOnlySpan<byte> header, int field)
    {
        uint crc = Update(uint.MaxValue, header[..field]);
        crc = BitOperations.Crc32C(crc, 0u);
        return ~Update(crc, header[(field + Length)..]);
    }

    private static uint Update(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return crc;
    }
}
