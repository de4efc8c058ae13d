using System.Net.Sockets;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Iptables;
using L4Proxy.ControlPlane.KernelRules.Tools;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Iptables;

/// <summary>What is asked of the tools of one family, on a host that is as a listing says.</summary>
public sealed class FamilyBalancingTests
{
    private readonly ListingTools _tools = new();
    private readonly FamilyBalancing _family;

    public FamilyBalancingTests() =>
        _family = new(new IptablesTool(_tools, AddressFamily.InterNetwork, IptablesVariant.Nft), new RulesOptions { LocalhostNodePorts = false });

    [Fact]
    public async Task Apply_InSeveralTransactions_RemarksInTheFirstWhatIsMade()
    {
        _tools.Saved = $"*nat\n{string.Concat(Enumerable.Range(0, 1200).Select(i => $":L4P-SVC-GONE{i} - [0:0]\n"))}COMMIT\n";

        await _family.ApplyAsync(SampleRules.IPv4(SampleRules.Plain), full: true, TestContext.Current.CancellationToken);

        string[] transactions = [.. _tools.Input.Split("COMMIT\n").Where(t => t.StartsWith("*nat", StringComparison.Ordinal))];
        Assert.InRange(transactions.Length, 2, 4);
        Assert.Contains(transactions, t => t.Contains("-I PREROUTING 1 ", StringComparison.Ordinal));
        Assert.Contains(":L4P-MADE-PREROUTING ", transactions[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Counts_NoServiceIsLeftAndOthersHaveFlushedTheRules_AreNone()
    {
        await _family.ApplyAsync(SampleRules.IPv4(SampleRules.Plain), full: true, TestContext.Current.CancellationToken);
        Assert.All(_family.Counts, c => Assert.InRange(c.Written, 1, c.Total));

        await _family.ApplyAsync(SampleRules.IPv4(), full: true, TestContext.Current.CancellationToken);

        Assert.Equal(2, _family.Counts.Length);
        Assert.All(_family.Counts, c => Assert.Equal((0, 0), (c.Total, c.Written)));
    }

    private sealed class ListingTools : IHostTools
    {
        public string Saved { get; set; } = "";

        public string Input { get; private set; } = "";

        public bool Exists(string tool) => true;

        public Task<ToolResult> RunAsync(
            string tool, IReadOnlyList<string> arguments, string? input, TimeSpan timeout, CancellationToken cancellation)
        {
            Input = input ?? Input;
            return Task.FromResult(tool == "nft"
                ? new ToolResult(1, "", "Error: No such file or directory\n")
                : new ToolResult(0, tool.EndsWith("-save", StringComparison.Ordinal) ? Saved : "", ""));
        }

        public IAsyncEnumerable<string> FollowAsync(string tool, IReadOnlyList<string> arguments, CancellationToken cancellation) =>
            throw new RulesException($"{tool}: not found");
    }
}
