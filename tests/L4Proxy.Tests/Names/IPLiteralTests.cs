using System.Net;
using L4Proxy.ControlPlane.Names;
using Xunit;

namespace L4Proxy.Tests.Names;

public sealed class IPLiteralTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2001:DB8:0::1")]
    [InlineData("::ffff:10.0.0.1")]
    public void TryParse_Address_IsRead(string text)
    {
        Assert.True(IPLiteral.TryParse(text, out IPAddress? address));
        Assert.Equal(IPAddress.Parse(text), address);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("010.0.0.1")]
    [InlineData("127.0.0.1 ")]
    [InlineData("256.0.0.1")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    public void TryParse_AnythingElse_IsRefused(string? text) => Assert.False(IPLiteral.TryParse(text, out _));
}
