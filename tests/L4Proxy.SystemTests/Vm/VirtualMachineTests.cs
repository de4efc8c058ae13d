using L4Proxy.Testing.Vm;
using Xunit;

namespace L4Proxy.SystemTests.Vm;

/// <summary>The virtual machine itself.</summary>
public sealed class VirtualMachineTests
{
    [Fact]
    public async Task Run_Command_ItsExitCodeAndOutputComeBack_AndNothingThatItWroteStays()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "written-in-the-machine");
        var environment = new Dictionary<string, string> { ["WORD"] = "it's" };

        VmResult result = await VirtualMachine.RunAsync(
            ["sh", "-c", $"echo $(id -u) \"$WORD\" > '{path}'; cat '{path}'; exit 7"], environment, TimeSpan.FromMinutes(2));

        Assert.True(result.ExitCode == 7, result.Output + result.Console);
        Assert.Equal("0 it's\n", result.Output);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task Run_CommandThatDoesNotEnd_MachineIsSwitchedOff()
    {
        VmResult result = await VirtualMachine.RunAsync(["sleep", "1000"], new Dictionary<string, string>(), TimeSpan.FromSeconds(5));

        Assert.Null(result.ExitCode);
        Assert.Contains("terminating on signal", result.Console, StringComparison.Ordinal);
    }
}
