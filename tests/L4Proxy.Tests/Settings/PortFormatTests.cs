using L4Proxy.ControlPlane.Settings;
using L4Proxy.ControlPlane.Translation;
using Xunit;

namespace L4Proxy.Tests.Settings;

public sealed class PortFormatTests
{
    [Theory]
    [InlineData("all", "all")]
    [InlineData("primary", "primary")]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::1", "::1")]
    [InlineData("192.0.2.7/24", "192.0.2.0/24")]
    [InlineData("fd00::/8", "fd00::/8")]
    [InlineData("Primary", null)]
    [InlineData("192.0.2.0/33", null)]
    [InlineData("node-a", null)]
    [InlineData("", null)]
    public void NodePortAddress_Text_IsReadAndWritten(string text, string? written)
    {
        NodePortAddressFormat format = new();

        Assert.Equal(written is not null, format.TryParse(text, out NodePortAddress value));
        if (written is not null)
        {
            Assert.Equal(written, format.Format(value));
            Assert.True(format.TryParse(written, out NodePortAddress again) && again == value);
        }
    }

    [Theory]
    [InlineData("40000-49999", true)]
    [InlineData("1-65535", true)]
    [InlineData("40000-40000", true)]
    [InlineData("any", true)]
    [InlineData("40000", false)]
    [InlineData("50000-40000", false)]
    [InlineData("0-10", false)]
    [InlineData("1-65536", false)]
    [InlineData("-5", false)]
    [InlineData("1 - 5", false)]
    [InlineData("", false)]
    public void PortRange_Text_IsReadAndWritten(string text, bool allowed)
    {
        PortRangeFormat format = new();

        Assert.Equal(allowed, format.TryParse(text, out PortRange? value));
        if (allowed)
        {
            Assert.Equal(text, format.Format(value));
        }
    }
}
