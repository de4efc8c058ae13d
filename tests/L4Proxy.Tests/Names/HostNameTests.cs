using L4Proxy.ControlPlane.Names;
using Xunit;

namespace L4Proxy.Tests.Names;

public sealed class HostNameTests
{
    [Theory]
    [InlineData("localhost")]
    [InlineData("web")]
    [InlineData("web.default.svc.cluster.local")]
    [InlineData("web.default.svc.cluster.local.")]
    [InlineData("my_db-1.example.com")]
    [InlineData("3com.com")]
    [InlineData("1.2.3.4a")]
    public void IsValid_HostName_IsTrue(string name) => Assert.True(HostName.IsValid(name));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData("-a")]
    [InlineData("a-.b")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("ä")]
    [InlineData("300.1.1.1")]
    [InlineData("web.80")]
    public void IsValid_NoHostName_IsFalse(string? name) => Assert.False(HostName.IsValid(name));

    [Fact]
    public void IsValid_LengthLimits_AreKept()
    {
        Assert.True(HostName.IsValid(new string('a', 63)));
        Assert.False(HostName.IsValid(new string('a', 64)));
        string longest = string.Join('.', Enumerable.Repeat(new string('a', 62), 4)) + ".a";
        Assert.Equal(253, longest.Length);
        Assert.True(HostName.IsValid(longest));
        Assert.False(HostName.IsValid(longest + "a"));
    }
}
