using System.Globalization;
using System.Text.RegularExpressions;
using L4Proxy.Testing;
using L4Proxy.Testing.Vm;
using Xunit;

namespace L4Proxy.SystemTests.Vm;

/// <summary>Runs all <see cref="VmFactAttribute"/> and <see cref="VmTheoryAttribute"/> tests, in a virtual machine.</summary>
[Collection<AloneCollection>]
public sealed partial class VmTests(ITestOutputHelper output)
{
    private const string InsideVariable = "L4PROXY_VM";

    /// <summary>Twice what two slow cores without KVM take.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(12);

    /// <summary>Whether this process runs in such a machine. Setting the variable says that the host itself will do.</summary>
    public static bool IsInside => Environment.GetEnvironmentVariable(InsideVariable) == "1";

    internal static IReadOnlyCollection<KeyValuePair<string, string>> Traits => [new("Machine", "virtual")];

    [Fact]
    public async Task AllTestsOfTheMachine_Pass()
    {
        var environment = new Dictionary<string, string>
        {
            [InsideVariable] = "1",
            ["TESTINGPLATFORM_TELEMETRY_OPTOUT"] = "1",
            ["L4PROXY_REQUIRE_ALL"] = Requires.EverythingMustRun ? "1" : "0",
        };
        VmResult result = await VirtualMachine.RunAsync(
            ["dotnet", "exec", typeof(VmTests).Assembly.Location, "--no-progress", "--no-ansi", "--output", "Detailed", "--filter-trait", "Machine=virtual"],
            environment,
            s_limit);

        output.WriteLine(result.Output);
        Assert.True(result.ExitCode == 0, $"{result.Output}{result.Console}");
        Assert.NotEqual(0, Total(result.Output, "succeeded"));
        Assert.Equal(0, Total(result.Output, "skipped"));
    }

    private static int Total(string log, string name)
    {
        Match line = TotalLine().Matches(log).Last(m => m.Groups["name"].Value == name);
        return int.Parse(line.Groups["count"].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^\s*(?<name>\w+): (?<count>\d+)\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TotalLine();
}
