using L4Proxy.Loadbench.Subjects;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Subjects;

public sealed class OpenFilesTests
{
    [Theory]
    [InlineData("Max open files            1024                 524288               files     ", 1024)]
    [InlineData("Max open files            unlimited            unlimited            files     ", 1_048_576)]
    [InlineData("Max open files            1073741816           1073741816           files     ", 1_048_576)]
    public void Parse_SoftLimit_IsWhatCounts(string line, long limit) =>
        Assert.Equal(limit, OpenFiles.Parse(["Limit                     Soft Limit           Hard Limit           Units     ", line]));
}
