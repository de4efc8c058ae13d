using L4Proxy.DataPlane.Engines;
using Xunit;

namespace L4Proxy.Tests.Engines;

public sealed class ResourceLimitsTests
{
    [Theory]
    [InlineData("Max open files            1024                 524288               files     ", 480)]
    [InlineData("Max open files            256                  256                  files     ", 96)]
    [InlineData("Max open files            10                   10                   files     ", 16)]
    [InlineData("Max open files            unlimited            unlimited            files     ", 1_000_000)]
    [InlineData("Max processes             100                  100                  processes ", 1_000_000)]
    public void FromProcLimits_SoftLimit_LeavesTwoDescriptorsForEachConnection(string line, int expected)
    {
        string[] lines = ["Limit                     Soft Limit           Hard Limit           Units     ", line];

        Assert.Equal(expected, ResourceLimits.FromProcLimits(lines));
    }

    [Fact]
    public void DefaultMaxConnections_ThisProcess_IsUsable() => Assert.InRange(ResourceLimits.DefaultMaxConnections(), 16, int.MaxValue);
}
