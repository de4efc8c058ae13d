using L4Proxy.DataPlane.ProxyProtocol;
using Xunit;

namespace L4Proxy.Tests.ProxyProtocol;

/// <summary>Section 2.1 of the specification, line by line.</summary>
public sealed class ProxyV1Tests
{
    [Theory]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n", "192.168.0.1", 56324, "192.168.0.11", 443)]
    [InlineData("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255", 65535, "255.255.255.255", 65535)]
    [InlineData("PROXY TCP4 0.0.0.0 1.2.3.4 0 0\r\n", "0.0.0.0", 0, "1.2.3.4", 0)]
    [InlineData("PROXY TCP6 2001:db8::1 2001:DB8::aBc 1 2\r\n", "2001:db8::1", 1, "2001:db8::abc", 2)]
    [InlineData("PROXY TCP6 :: ::1 1 2\r\n", "::", 1, "::1", 2)]
    [InlineData("PROXY TCP6 1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8 1 2\r\n", "1:2:3:4:5:6:7:0", 1, "0:2:3:4:5:6:7:8", 2)]
    [InlineData("PROXY TCP6 1::8 0001:0002:3:4:5:6:7:8 1 2\r\n", "1:0:0:0:0:0:0:8", 1, "1:2:3:4:5:6:7:8", 2)]
    [InlineData("PROXY TCP6 ::ffff:192.0.2.1 2001:db8::192.0.2.2 1 2\r\n", "192.0.2.1", 1, "2001:db8::c000:202", 2)]
    [InlineData(
        "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535)]
    public void Read_ValidLine_GivesItsAddresses(string line, string source, int sourcePort, string destination, int destinationPort)
    {
        ProxyHeader expected = HeaderBytes.Header(source, (ushort)sourcePort, destination, (ushort)destinationPort);
        Assert.Equal((ProxyHeaderStatus.Complete, expected, line.Length), HeaderBytes.Read(HeaderBytes.V1(line + "GET / HTTP/1.1\r\n")));
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("PROXY UNKNOWN \r\n")]
    [InlineData("PROXY UNKNOWN whatever\nthis\ris\r\n")]
    [InlineData("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n")]
    public void Read_Unknown_HasNoAddresses(string line) =>
        Assert.Equal((ProxyHeaderStatus.Complete, ProxyHeader.Local, line.Length), HeaderBytes.Read(HeaderBytes.V1(line)));

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData(" PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY\r\n")]
    [InlineData("PROXY \r\n")]
    [InlineData("PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP 1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY UNKNOWNS\r\n")]
    [InlineData("PROXY TCP4\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4  1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4\t1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4.5 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3. 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 01.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 +1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 0x1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 ::1 ::2 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 99999 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 4294967297 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\rX")]
    [InlineData("PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP6 1:2:3:4:5:6:7 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 1:2:3:4:5:6:7:8: ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 :1:2:3:4:5:6:7:8 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 1::2:3:4:5:6:7:8 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 1::2::3 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 ::: ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 12345::1 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 g::1 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 fe80::1%lo ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 [::1] ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 1.2.3.4::1 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 1:2:3:4:5:6:7:1.2.3.4 ::1 1 2\r\n")]
    public void Read_LineThatBreaksARule_IsInvalid(string line) => Assert.Equal(ProxyHeaderStatus.Invalid, HeaderBytes.Read(HeaderBytes.V1(line)).Status);

    [Fact]
    public void Read_NoLineEndWithin107Bytes_IsInvalidAtThe107th()
    {
        string line = "PROXY UNKNOWN ".PadRight(ProxyV1.MaxLength - 2, 'x');
        Assert.Equal(ProxyHeaderStatus.Complete, HeaderBytes.Read(HeaderBytes.V1(line + "\r\n")).Status);
        Assert.Equal(ProxyHeaderStatus.Incomplete, HeaderBytes.Read(HeaderBytes.V1(line + "x")).Status);
        Assert.Equal(ProxyHeaderStatus.Invalid, HeaderBytes.Read(HeaderBytes.V1(line + "x\r")).Status);
        Assert.Equal(ProxyHeaderStatus.Invalid, HeaderBytes.Read(HeaderBytes.V1(line + "x\r\n")).Status);
    }

    /// <summary>Whoever speaks another protocol, or ends lines in another way, learns it at once and not by a time-out.</summary>
    [Theory]
    [InlineData("G")]
    [InlineData("PROXY S")]
    [InlineData("PROXY TCP7")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\r")]
    [InlineData("\u0016")]
    public void Read_WhatCanNeverBecomeAHeader_IsInvalidAtOnce(string start) =>
        Assert.Equal(ProxyHeaderStatus.Invalid, HeaderBytes.Read(HeaderBytes.V1(start)).Status);

    [Theory]
    [InlineData("192.168.0.1", "192.168.0.11", "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n")]
    [InlineData("2001:db8::1", "::1", "PROXY TCP6 2001:db8::1 ::1 56324 443\r\n")]
    [InlineData("2001:db8:0:1:1:1:1:1", "1:0:0:2:0:0:0:3", "PROXY TCP6 2001:db8:0:1:1:1:1:1 1:0:0:2::3 56324 443\r\n")]
    [InlineData("::", "1::", "PROXY TCP6 :: 1:: 56324 443\r\n")]
    [InlineData("192.0.2.1", "2001:db8::2", "PROXY TCP6 ::ffff:c000:201 2001:db8::2 56324 443\r\n")]
    public void Write_Addresses_InTheirCanonicalForm(string source, string destination, string line)
    {
        byte[] bytes = new byte[ProxyHeaderWriter.MaxLength];
        int length = ProxyV1.Write(HeaderBytes.Header(source, 56324, destination, 443), bytes);
        Assert.Equal(line, System.Text.Encoding.ASCII.GetString(bytes, 0, length));
    }

    [Fact]
    public void Write_NoAddresses_SaysUnknown()
    {
        byte[] bytes = new byte[ProxyHeaderWriter.MaxLength];
        int length = ProxyV1.Write(ProxyHeader.Local, bytes);
        Assert.Equal("PROXY UNKNOWN\r\n", System.Text.Encoding.ASCII.GetString(bytes, 0, length));
    }
}
