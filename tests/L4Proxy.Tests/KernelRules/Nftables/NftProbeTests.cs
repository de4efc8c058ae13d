using System.Runtime.CompilerServices;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Nftables;
using L4Proxy.ControlPlane.KernelRules.Tools;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Nftables;

public sealed class NftProbeTests
{
    private static readonly ToolResult s_good = new(0, "nftables v1.0.6 (Lester Gooch #5)\n", "");

    [Fact]
    public async Task Probe_WithoutNft_NamesItAndItsPackage() =>
        Assert.Equal(["nft: not found in PATH, /usr/sbin and /sbin (package nftables)"], await ProbeAsync(null));

    [Fact]
    public async Task Probe_OfAnOldNft_NamesBothVersions() =>
        Assert.Equal(
            ["nft: 'nftables v1.0.0 (Fearless Fosdick #2)' is older than v1.0.1"],
            await ProbeAsync((_, _) => new ToolResult(0, "nftables v1.0.0 (Fearless Fosdick #2)\n", "")));

    [Fact]
    public async Task Probe_WithoutTheCapability_NamesIt() =>
        Assert.Equal(
            ["CAP_NET_ADMIN: nft may not read the rules of this network namespace"],
            await ProbeAsync((command, _) => command == "-j list chains"
                ? new ToolResult(1, "", "Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: Operation not permitted\n")
                : s_good));

    [Fact]
    public async Task Probe_WithoutAnExpression_NamesItsModule()
    {
        IEnumerable<string> lacking = await ProbeAsync((_, input) => input?.Contains("fib ", StringComparison.Ordinal) is true
            ? new ToolResult(1, "", "/dev/stdin:7:1-70: Error: Could not process rule: No such file or directory\nadd rule\n^^^\n")
            : s_good);
        Assert.Contains("fib (module nft_fib_ipv4): Could not process rule: No such file or directory", lacking);
    }

    [Fact]
    public async Task CleanUp_WithoutNft_FindsNothing()
    {
        await using var backend = new NftablesBalancing(new RulesOptions(), new FakeTools(null), NullLogger.Instance);
        Assert.False(await backend.CleanUpAsync(CancellationToken.None));
    }

    private static async Task<IEnumerable<string>> ProbeAsync(Func<string, string?, ToolResult>? nft)
    {
        await using var backend = new NftablesBalancing(new RulesOptions(), new FakeTools(nft), NullLogger.Instance);
        return await backend.ProbeAsync(CancellationToken.None);
    }

    private sealed class FakeTools(Func<string, string?, ToolResult>? nft) : IHostTools
    {
        public bool Exists(string tool) => nft is not null;

        public Task<ToolResult> RunAsync(
            string tool, IReadOnlyList<string> arguments, string? input, TimeSpan timeout, CancellationToken cancellation) =>
            Task.FromResult(nft!(string.Join(' ', arguments), input));

        public async IAsyncEnumerable<string> FollowAsync(
            string tool, IReadOnlyList<string> arguments, [EnumeratorCancellation] CancellationToken cancellation)
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            yield break;
        }
    }
}
