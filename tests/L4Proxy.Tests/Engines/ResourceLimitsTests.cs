using L4Proxy.DataPlane.Engines;
using Xunit;

namespace L4Proxy.Tests.Engines;

public sealed class ResourceLimitsTests
{
    [Theory]
    [InlineData("Max open files            1024                 524288               files     ", 1024)]
    [InlineData("Max open files            unlimited            unlimited            files     ", 2_000_000)]
    [InlineData("Max open files", 2_000_000)]
    [InlineData("", 2_000_000)]
    public void ParseOpenFiles_SoftLimit_IsRead(string line, long expected) =>
        Assert.Equal(expected, ResourceLimits.ParseOpenFiles(["Limit   Soft Limit   Hard Limit   Units", line]));

    [Fact]
    public void OpenFiles_ThisProcess_IsPositive() => Assert.True(ResourceLimits.OpenFiles() > 0);

    [Theory]
    [InlineData(20_000, true)]
    [InlineData(1024, true)]
    [InlineData(256, true)]
    [InlineData(256, false)]
    [InlineData(1_048_576, true)]
    public void For_AnyLimit_ConnectionsAndPipesFitIntoIt(long openFiles, bool splices)
    {
        ResourceBudget budget = ResourceBudget.For(new EngineOptions(), openFiles, splices);
        Assert.True(budget.MaxConnections >= 16);
        Assert.Equal(splices, budget.MaxPipes > 0);
        Assert.True((2L * budget.MaxConnections) + (2L * budget.MaxPipes) + 64 <= openFiles);
    }

    [Fact]
    public void For_NumberAskedFor_Wins() =>
        Assert.Equal(7, ResourceBudget.For(new EngineOptions { MaxConnections = 7 }, 1024, splices: true).MaxConnections);
}
