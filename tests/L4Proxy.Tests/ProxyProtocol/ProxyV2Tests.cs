using System.Buffers.Binary;
using L4Proxy.DataPlane.ProxyProtocol;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.ProxyProtocol;

/// <summary>Section 2.2 of the specification.</summary>
public sealed class ProxyV2Tests
{
    private const byte Local = 0x20;
    private const byte Proxy = 0x21;

    [Fact]
    public void Read_Tcp4AndTcp6_GiveTheirAddresses()
    {
        byte[] four = HeaderBytes.V2(Proxy, 0x11, HeaderBytes.Block4);
        byte[] six = HeaderBytes.V2(Proxy, 0x21, HeaderBytes.Block6);
        Assert.Equal((ProxyHeaderStatus.Complete, HeaderBytes.Header4, 28), HeaderBytes.Read([.. four, 1, 2, 3]));
        Assert.Equal((ProxyHeaderStatus.Complete, HeaderBytes.Header6, 52), HeaderBytes.Read([.. six, 1, 2, 3]));
    }

    /// <summary>The receiver must accept LOCAL, whatever family and block it has, and skip its length.</summary>
    [Theory]
    [InlineData(0x00, 0)]
    [InlineData(0x00, 7)]
    [InlineData(0x11, 12)]
    [InlineData(0x11, 1)]
    [InlineData(0xFF, 100)]
    public void Read_LocalCommand_IsAcceptedWithoutAddresses(byte family, int length)
    {
        byte[] bytes = HeaderBytes.V2(Local, family, new byte[length]);
        Assert.Equal((ProxyHeaderStatus.Complete, ProxyHeader.Local, bytes.Length), HeaderBytes.Read(bytes));
    }

    /// <summary>What is no TCP over IP falls back to the connection's own addresses.</summary>
    [Theory]
    [InlineData(0x00, 0)]
    [InlineData(0x00, 9)]
    [InlineData(0x01, 3)]
    [InlineData(0x10, 2)]
    [InlineData(0x12, 12)]
    [InlineData(0x22, 36)]
    [InlineData(0x31, 216)]
    [InlineData(0x32, 216)]
    public void Read_OtherFamilies_AreAcceptedWithoutAddresses(byte family, int length)
    {
        byte[] bytes = HeaderBytes.V2(Proxy, family, new byte[length]);
        Assert.Equal((ProxyHeaderStatus.Complete, ProxyHeader.Local, bytes.Length), HeaderBytes.Read(bytes));
    }

    [Theory]
    [InlineData(0x01)]
    [InlineData(0x11)]
    [InlineData(0x22)]
    [InlineData(0x2F)]
    [InlineData(0x31)]
    public void Read_OtherVersionOrCommand_IsInvalidAtItsByte(byte command) =>
        Assert.Equal(ProxyHeaderStatus.Invalid, HeaderBytes.Read([.. HeaderBytes.Signature, command]).Status);

    [Theory]
    [InlineData(0x41)]
    [InlineData(0xF1)]
    [InlineData(0x13)]
    [InlineData(0x1F)]
    [InlineData(0x40)]
    public void Read_UnassignedFamilyOrTransport_IsInvalidAtItsByte(byte family) =>
        Assert.Equal(ProxyHeaderStatus.Invalid, HeaderBytes.Read([.. HeaderBytes.Signature, Proxy, family]).Status);

    [Theory]
    [InlineData(0x11, 11)]
    [InlineData(0x12, 0)]
    [InlineData(0x21, 35)]
    [InlineData(0x31, 215)]
    public void Read_BlockShorterThanItsAddresses_IsInvalid(byte family, int length) =>
        Assert.Equal(ProxyHeaderStatus.Invalid, HeaderBytes.Read(HeaderBytes.V2(Proxy, family, new byte[length])).Status);

    [Fact]
    public void Read_Tlvs_AreSkipped()
    {
        byte[] tlvs =
        [
            .. HeaderBytes.Tlv(0x04), .. HeaderBytes.Tlv(0x02, "example.com"u8.ToArray()), .. HeaderBytes.Tlv(0xEA, new byte[300]),
        ];
        byte[] bytes = HeaderBytes.V2(Proxy, 0x11, [.. HeaderBytes.Block4, .. tlvs]);
        Assert.Equal((ProxyHeaderStatus.Complete, HeaderBytes.Header4, bytes.Length), HeaderBytes.Read([.. bytes, 9]));
    }

    [Theory]
    [InlineData("04")]
    [InlineData("0400")]
    [InlineData("040001")]
    [InlineData("04000005")]
    [InlineData("02FFFF01")]
    [InlineData("030003010203")]
    [InlineData("030000")]
    public void Read_TlvsThatDoNotFillTheHeader_AreInvalid(string hex)
    {
        byte[] tlvs = Convert.FromHexString(hex);
        Assert.Equal(ProxyHeaderStatus.Invalid, HeaderBytes.Read(HeaderBytes.V2(Proxy, 0x11, [.. HeaderBytes.Block4, .. tlvs])).Status);
        Assert.Equal(ProxyHeaderStatus.Invalid, HeaderBytes.Read(HeaderBytes.V2(Proxy, 0x32, [.. new byte[216], .. tlvs])).Status);
    }

    [Fact]
    public void Read_Checksum_IsVerifiedWhereverItStands()
    {
        byte[] noop = HeaderBytes.Tlv(0x04, 1, 2, 3);
        byte[] bytes = HeaderBytes.V2(Proxy, 0x11, [.. HeaderBytes.Block4, .. noop, .. HeaderBytes.Tlv(0x03, 0, 0, 0, 0), .. noop]);
        int field = bytes.Length - noop.Length - 4;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(field), HeaderBytes.SlowCrc32C(bytes));
        Assert.Equal((ProxyHeaderStatus.Complete, HeaderBytes.Header4, bytes.Length), HeaderBytes.Read(bytes));

        // But for the byte that says that there is a checksum.
        foreach (int i in Enumerable.Range(16, bytes.Length - 16).Where(i => i != field - 3))
        {
            byte[] flipped = [.. bytes];
            flipped[i] ^= 1;
            Assert.True(HeaderBytes.Read(flipped).Status == ProxyHeaderStatus.Invalid, $"a flipped bit of byte {i} passed");
        }
    }

    [Fact]
    public void Read_TwoChecksums_AreInvalid()
    {
        byte[] twice = [.. HeaderBytes.Block4, .. HeaderBytes.Tlv(0x03, 0, 0, 0, 0), .. HeaderBytes.Tlv(0x03, 0, 0, 0, 0)];
        byte[] bytes = HeaderBytes.V2(Proxy, 0x11, twice);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(^4), HeaderBytes.SlowCrc32C(bytes));
        Assert.Equal(ProxyHeaderStatus.Invalid, HeaderBytes.Read(bytes).Status);
    }

    [Fact]
    public void Read_LongestHeader_IsTakenAndALongerOneIsInvalidAtItsLength()
    {
        int room = ProxyHeaderReader.MaxLength - 16 - 12 - 3;
        byte[] longest = HeaderBytes.V2(Proxy, 0x11, [.. HeaderBytes.Block4, .. HeaderBytes.Tlv(0xE0, new byte[room])]);
        Assert.Equal((ProxyHeaderStatus.Complete, HeaderBytes.Header4, ProxyHeaderReader.MaxLength), HeaderBytes.Read(longest));
        byte[] longer = HeaderBytes.V2(Proxy, 0x11, [.. HeaderBytes.Block4, .. HeaderBytes.Tlv(0xE0, new byte[room + 1])]);
        Assert.Equal(ProxyHeaderStatus.Invalid, HeaderBytes.Read(longer.AsSpan(0, 16)).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Write_Addresses_AreTheBytesOfTheSpecification(bool checksum)
    {
        foreach ((ProxyHeader header, byte family, byte[] block) in new[]
        {
            (HeaderBytes.Header4, (byte)0x11, HeaderBytes.Block4), (HeaderBytes.Header6, (byte)0x21, HeaderBytes.Block6),
        })
        {
            byte[] expected = HeaderBytes.V2(Proxy, family, checksum ? [.. block, .. HeaderBytes.Tlv(0x03, 0, 0, 0, 0)] : block);
            if (checksum)
            {
                BinaryPrimitives.WriteUInt32BigEndian(expected.AsSpan(^4), HeaderBytes.SlowCrc32C(expected));
            }

            Assert.Equal(expected, Written(header, checksum));
        }
    }

    [Fact]
    public void Write_MixedFamilies_MapsIPv4IntoIPv6()
    {
        byte[] bytes = Written(HeaderBytes.Header("192.0.2.1", 1, "2001:db8::2", 2), checksum: false);
        Assert.Equal(0x21, bytes[13]);
        Assert.Equal(System.Net.IPAddress.Parse("::ffff:192.0.2.1").GetAddressBytes(), bytes[16..32]);
    }

    [Fact]
    public void Write_NoAddresses_IsLocalOfNoFamilyAndLengthZero() =>
        Assert.Equal([.. HeaderBytes.Signature, Local, 0, 0, 0], Written(ProxyHeader.Local, checksum: false));

    /// <summary>As HAProxy's check-send-proxy does.</summary>
    [Fact]
    public void ForCheck_SaysLocalInVersion2AndItsOwnAddressesInVersion1()
    {
        Assert.Equal(ProxyHeader.Local, ProxyHeader.ForCheck(ProxyProtocolVersion.V2, HeaderBytes.Header4));
        Assert.Equal(HeaderBytes.Header4, ProxyHeader.ForCheck(ProxyProtocolVersion.V1, HeaderBytes.Header4));
    }

    private static byte[] Written(in ProxyHeader header, bool checksum)
    {
        byte[] bytes = new byte[ProxyV2.MaxWritten];
        return bytes[..ProxyV2.Write(header, checksum, bytes)];
    }
}
