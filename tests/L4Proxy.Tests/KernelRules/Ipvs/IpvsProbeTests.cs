using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Ipvs;
using L4Proxy.ControlPlane.KernelRules.Tools;
using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Ipvs;

public sealed class IpvsProbeTests
{
    private static readonly ToolResult s_good = new(0, "", "");

    public IpvsProbeTests() => Requires.Root();

    [Fact]
    public async Task Run_MatchSetMayNotOpenItsSocket_NamesTheCapability() =>
        Assert.Contains(
            await ProbeAsync(new ToolResult(2, "", "iptables-restore v1.8.9 (legacy): Can't open socket to ipset.\n\nError occurred at line: 3\n")),
            line => line.StartsWith("the match set needs CAP_NET_RAW: iptables-restore: ", StringComparison.Ordinal));

    [Fact]
    public async Task Run_MatchSetFindsNoSetOfTheProbe_LacksNothingOfIt() =>
        Assert.DoesNotContain(
            await ProbeAsync(new ToolResult(2, "", "iptables-restore v1.8.9 (legacy): Set l4p-probe doesn't exist.\n\nError occurred at line: 3\n")),
            line => line.StartsWith("the match set", StringComparison.Ordinal));

    /// <summary>What is lacking where a rule that looks into a set gets an answer.</summary>
    private static async Task<IEnumerable<string>> ProbeAsync(ToolResult answer)
    {
        ScriptedTools tools = new((_, input) => input?.Contains("--match-set l4p-probe", StringComparison.Ordinal) is true ? answer : s_good);
        return await new IpvsProbe(tools, new IpvsSysctls(new IpvsOptions())).RunAsync(TestContext.Current.CancellationToken);
    }
}
