using System.Net;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.Options;
using Xunit;

namespace L4Proxy.Tests.Settings;

public sealed class ClusterFormatTests
{
    [Theory]
    [InlineData("10.244.0.0/16", true)]
    [InlineData("fd00:10::/56", true)]
    [InlineData("0.0.0.0/0", true)]
    [InlineData("10.244.1.0/16", true)]
    [InlineData("10.244.0.0/33", false)]
    [InlineData("10.244.0.0", false)]
    [InlineData("", false)]
    public void Network_Text_IsTakenOrRefused(string text, bool allowed) =>
        Assert.Equal(allowed, new NetworkFormat().TryParse(text, out _));

    [Theory]
    [InlineData("10.96.0.0/16", true)]
    [InlineData("fd00:10:96::/112", true)]
    [InlineData("0.0.0.0/0", true)]
    [InlineData("10.96.0.1/16", false)]
    [InlineData("fd00:10:96::1/112", false)]
    [InlineData("10.96.0.0", false)]
    public void ExactNetwork_Text_HasNoBitsAfterItsPrefix(string text, bool allowed) =>
        Assert.Equal(allowed, new ExactNetworkFormat().TryParse(text, out _));

    [Theory]
    [InlineData("shop/web", true)]
    [InlineData("shop/web-1.internal", true)]
    [InlineData("web", false)]
    [InlineData("/web", false)]
    [InlineData("shop/", false)]
    [InlineData("shop/web/http", false)]
    [InlineData("Shop/web", false)]
    [InlineData("shop/-web", false)]
    public void ServiceName_Text_IsTakenOrRefused(string text, bool allowed) =>
        Assert.Equal(allowed, new ServiceNameFormat().TryParse(text, out _));

    [Theory]
    [InlineData("", true)]
    [InlineData("node-a.example", true)]
    [InlineData("node_a", false)]
    [InlineData("node a", false)]
    public void ObjectName_Text_IsTakenOrRefused(string text, bool allowed) =>
        Assert.Equal(allowed, new ObjectNameFormat("none").TryParse(text, out _));

    [Theory]
    [InlineData("auto", "auto")]
    [InlineData("Off", "off")]
    [InlineData("127.0.0.1:0", "127.0.0.1:0")]
    [InlineData("[::]:10256", "[::]:10256")]
    [InlineData(":10256", "0.0.0.0:10256")]
    [InlineData("::1", null)]
    [InlineData("::1:80", null)]
    [InlineData("127.0.0.1", null)]
    [InlineData("127.0.0.1:65536", null)]
    [InlineData("localhost:80", null)]
    [InlineData("[127.0.0.1]:80", null)]
    [InlineData("", null)]
    public void BindSetting_Text_IsTakenOrRefused(string text, string? written)
    {
        BindSettingFormat format = new("off");
        Assert.Equal(written is not null, format.TryParse(text, out BindSetting value));
        if (written is not null)
        {
            Assert.Equal(written, format.Format(value));
        }
    }

    [Fact]
    public void BindSetting_Auto_IsTheUsualPlace()
    {
        IPEndPoint usual = new(IPAddress.Any, 10256);
        Assert.Equal(usual, BindSetting.Auto.Resolve(usual));
        Assert.Null(BindSetting.Auto.Resolve(null));
        Assert.Null(new BindSetting(IsAuto: false, null).Resolve(usual));
    }
}
