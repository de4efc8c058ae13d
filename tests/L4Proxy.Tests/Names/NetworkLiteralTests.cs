using System.Net;
using L4Proxy.ControlPlane.Names;
using Xunit;

namespace L4Proxy.Tests.Names;

public sealed class NetworkLiteralTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("192.0.2.7/24", "192.0.2.0/24")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("192.0.2.7/32", "192.0.2.7/32")]
    [InlineData("::/0", "::/0")]
    [InlineData("2001:db8::1/64", "2001:db8::/64")]
    [InlineData("010.020.0.000/16", "10.20.0.0/16")] // decimal, as in Kubernetes, not octal
    [InlineData("10.0.0.0/08", "10.0.0.0/8")]
    public void TryParse_Network_IsRead(string text, string expected)
    {
        Assert.True(NetworkLiteral.TryParse(text, out IPNetwork network));
        Assert.Equal(expected, network.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("10.0.0.0")]
    [InlineData("10.0.0.0/")]
    [InlineData("/8")]
    [InlineData("10.1/16")] // .NET reads 10.0.0.1
    [InlineData("10/8")]
    [InlineData("0x0a.0.0.0/8")]
    [InlineData("10..0.0/8")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/+8")]
    [InlineData("10.0.0.0/8 ")]
    [InlineData("10.0.0.256/8")]
    [InlineData("10.0.0.0/255.0.0.0")]
    [InlineData("::/129")]
    [InlineData("[::]/0")]
    public void TryParse_AnythingElse_IsRefused(string? text) => Assert.False(NetworkLiteral.TryParse(text, out _));
}
