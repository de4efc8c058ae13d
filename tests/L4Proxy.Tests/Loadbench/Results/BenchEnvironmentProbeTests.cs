using L4Proxy.Loadbench.Results;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Results;

public sealed class BenchEnvironmentProbeTests
{
    [Fact]
    public void Collect_ThisMachine_TellsWhatItIs()
    {
        BenchEnvironment environment = BenchEnvironmentProbe.Collect(["compare", "--out", "a folder"], TimeProvider.System);

        Assert.StartsWith("Linux ", environment.Kernel, StringComparison.Ordinal);
        Assert.Equal(Environment.ProcessorCount, environment.Cores);
        Assert.True(environment.MemoryBytes > 100 << 20, $"{environment.MemoryBytes} bytes of memory");
        Assert.StartsWith(".NET 10", environment.Runtime, StringComparison.Ordinal);
        Assert.Equal("loadbench compare --out 'a folder'", environment.CommandLine);
        Assert.True(environment.OpenFiles > 0);
        Assert.All(environment.Variables.Keys, name => Assert.Matches("^(DOTNET|COMPlus)_", name));
        Assert.True(environment.Commit is null || environment.Commit.Split(' ')[0].Length == 40, environment.Commit);
    }
}
