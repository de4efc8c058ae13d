using L4Proxy.Loadbench.Results.Analysis;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Results;

public sealed class ExtraFiguresTests
{
    [Theory]
    [InlineData("bytes per connection", "bytes", false)]
    [InlineData("time to first byte p99 (us)", "us", false)]
    [InlineData("applications (1/s)", "1/s", true)]
    [InlineData("connections", "", true)]
    [InlineData("stalled connections", "", false)]
    public void UnitOfAndIsMoreBetter_Name_ReadsAsScenariosMeanIt(string name, string unit, bool isMoreBetter)
    {
        Assert.Equal(unit, ExtraFigures.UnitOf(name));
        Assert.Equal(isMoreBetter, ExtraFigures.IsMoreBetter(name));
    }
}
