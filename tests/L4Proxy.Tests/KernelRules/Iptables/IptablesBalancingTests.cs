using System.Collections.Immutable;
using System.Net;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Iptables;
using L4Proxy.ControlPlane.KernelRules.Tools;
using L4Proxy.Testing.Processes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Iptables;

/// <summary>Rules that the kernel really has, in namespaces, by both variants of the tools.</summary>
public sealed class IptablesBalancingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nft")]
    [InlineData("legacy")]
    public async Task Apply_AllFeatures_IsInForceAndGoesWithoutATrace(string variant)
    {
        await using IptablesSpace space = await IptablesSpace.CreateAsync(variant);
        await space.RunAsync("iptables -A INPUT -s 192.0.2.1 -j DROP");
        string before = await space.ListAsync();
        await using IptablesBalancing backend = space.Balancing();
        Assert.Empty(await backend.ProbeAsync(Cancellation));

        await backend.ApplyAsync(SampleRules.All, full: false, Cancellation);

        Assert.Empty(await backend.DiffAsync(SampleRules.All, Cancellation));
        Assert.True(await backend.IsIntactAsync(Cancellation));
        Assert.Contains("route_localnet = 1", await space.ListAsync(), StringComparison.Ordinal);
        Assert.True(await space.Balancing().CleanUpAsync(Cancellation));
        Assert.Equal(before, await space.ListAsync());
        Assert.False(await backend.CleanUpAsync(Cancellation));
    }

    [Theory]
    [InlineData("nft")]
    [InlineData("legacy")]
    public async Task Apply_StateAfterState_LeavesWhatTheLastOneSays(string variant)
    {
        await using IptablesSpace space = await IptablesSpace.CreateAsync(variant);
        await using IptablesBalancing backend = space.Balancing();
        ServiceRules moved = SampleRules.Plain with { ClusterEndpoints = [IPEndPoint.Parse("10.50.1.11:8080"), IPEndPoint.Parse("10.50.9.9:80")] };
        ServiceRules served = SampleRules.Plain with { Key = SampleRules.Empty.Key, ClusterIPs = SampleRules.Empty.ClusterIPs, NodePort = 30005 };
        RulesState[] states =
        [
            SampleRules.State(SampleRules.Plain, SampleRules.Everything),
            SampleRules.State(moved, SampleRules.Everything, SampleRules.Empty),
            SampleRules.State(moved, served, SampleRules.Elsewhere),
            SampleRules.All,
            new(SampleRules.IPv4(), SampleRules.Family6()),
        ];

        foreach (RulesState state in states)
        {
            await backend.ApplyAsync(state, full: false, Cancellation);
            Assert.Empty(await backend.DiffAsync(state, Cancellation));
        }
    }

    [Theory]
    [InlineData("nft")]
    [InlineData("legacy")]
    public async Task IsIntact_FlushedBySomeoneElse_IsFalseUntilAFullApplication(string variant)
    {
        await using IptablesSpace space = await IptablesSpace.CreateAsync(variant);
        await using IptablesBalancing backend = space.Balancing();
        await backend.ApplyAsync(SampleRules.All, full: false, Cancellation);
        foreach (string disturbance in (string[])["iptables -t nat -F", "iptables -F L4P-FORWARD", "ip6tables -D OUTPUT 1", "iptables -t nat -F L4P-SERVICES"])
        {
            await space.RunAsync(disturbance);
            Assert.False(await backend.IsIntactAsync(Cancellation));

            await backend.ApplyAsync(SampleRules.All, full: true, Cancellation);

            Assert.True(await backend.IsIntactAsync(Cancellation));
            Assert.Empty(await backend.DiffAsync(SampleRules.All, Cancellation));
        }
    }

    [Theory]
    [InlineData("nft", "legacy")]
    [InlineData("legacy", "nft")]
    public async Task Apply_ByAnotherVariantThanBefore_TakesOverAndLeavesNothingOfTheOther(string before, string now)
    {
        await using IptablesSpace space = await IptablesSpace.CreateAsync(now);
        await space.Balancing(variant: Enum.Parse<IptablesVariant>(before, ignoreCase: true)).ApplyAsync(SampleRules.All, full: false, Cancellation);
        await using IptablesBalancing backend = space.Balancing();

        await backend.ApplyAsync(SampleRules.All, full: true, Cancellation);

        foreach (string table in (string[])["filter", "nat"])
        {
            Assert.DoesNotContain("L4P-", await space.SayAsync($"iptables-{before}-save -t {table}"), StringComparison.Ordinal);
            Assert.DoesNotContain("L4P-", await space.SayAsync($"ip6tables-{before}-save -t {table}"), StringComparison.Ordinal);
        }

        Assert.Empty(await backend.DiffAsync(SampleRules.All, Cancellation));
        Assert.Contains("= 1", await space.SayAsync("sysctl net.ipv4.conf.all.route_localnet"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CleanUp_RemarkFlushedByOthersAndRulesRestored_SetsRouteLocalnetBack()
    {
        await using IptablesSpace space = await IptablesSpace.CreateAsync("nft");
        await using IptablesBalancing backend = space.Balancing();
        await backend.ApplyAsync(SampleRules.All, full: true, Cancellation);
        await space.RunAsync("iptables -F");
        await space.RunAsync("iptables -X");
        await backend.ApplyAsync(SampleRules.All, full: true, Cancellation);

        await space.Balancing().CleanUpAsync(Cancellation);

        Assert.Contains("= 0", await space.SayAsync("sysctl net.ipv4.conf.all.route_localnet"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nft")]
    [InlineData("legacy")]
    public async Task Apply_ByASecondProcess_TakesOverWithoutDoubles(string variant)
    {
        await using IptablesSpace space = await IptablesSpace.CreateAsync(variant);
        await space.Balancing().ApplyAsync(SampleRules.All, full: false, Cancellation);
        await using IptablesBalancing second = space.Balancing();

        await second.ApplyAsync(SampleRules.State(SampleRules.Plain), full: false, Cancellation);

        Assert.Empty(await second.DiffAsync(SampleRules.State(SampleRules.Plain), Cancellation));
    }

    [Fact]
    public async Task Apply_LockHeldByAnother_SaysSoAndLeavesWhatWasInForce()
    {
        await using IptablesSpace space = await IptablesSpace.CreateAsync("legacy");
        await using IptablesBalancing backend = space.Balancing();
        RulesState before = SampleRules.State(SampleRules.Plain);
        await backend.ApplyAsync(before, full: false, Cancellation);
        await using (ChildProcess holder = ChildProcess.Start("flock", space.LockFile, "sh", "-c", "echo held; sleep 60"))
        {
            await holder.WaitForAsync("held");

            RulesException e = await Assert.ThrowsAsync<RulesException>(() => backend.ApplyAsync(SampleRules.All, full: false, Cancellation));

            Assert.Contains("xtables lock", e.Message, StringComparison.Ordinal);
        }

        Assert.Empty(await backend.DiffAsync(before, Cancellation));
        await backend.ApplyAsync(SampleRules.All, full: false, Cancellation);
        Assert.Empty(await backend.DiffAsync(SampleRules.All, Cancellation));
    }

    [Fact]
    public async Task Apply_LockHeldThatTheOtherVariantNeeds_IsBusyAndTakesOverLater()
    {
        await using IptablesSpace space = await IptablesSpace.CreateAsync("nft");
        await space.Balancing(variant: IptablesVariant.Legacy).ApplyAsync(SampleRules.All, full: true, Cancellation);
        HeldLockTools tools = new(space.Tools);
        await using IptablesBalancing backend = new(new RulesOptions(), tools, NullLogger.Instance, IptablesVariant.Nft);
        RulesException e = await Assert.ThrowsAsync<RulesException>(() => backend.ApplyAsync(SampleRules.All, full: true, Cancellation));
        Assert.True(e.IsBusy);
        tools.IsHeld = false;

        await backend.ApplyAsync(SampleRules.All, full: true, Cancellation);

        Assert.DoesNotContain("L4P-", await space.SayAsync("iptables-legacy-save -t nat"), StringComparison.Ordinal);
        Assert.Empty(await backend.DiffAsync(SampleRules.All, Cancellation));
    }

    [Fact]
    public async Task Apply_SecondTableRefused_ThrowsAndMakesAllAnewTheNextTime()
    {
        await using IptablesSpace space = await IptablesSpace.CreateAsync("nft");
        FailingTools tools = new(space.Tools);
        await using IptablesBalancing backend = new(new RulesOptions(), tools, NullLogger.Instance, IptablesVariant.Nft);
        await backend.ApplyAsync(SampleRules.All, full: false, Cancellation);
        RulesState next = SampleRules.State(SampleRules.Plain, SampleRules.Empty with { NodePort = 30999 });
        tools.BreaksNat = true;
        RulesException e = await Assert.ThrowsAsync<RulesException>(() => backend.ApplyAsync(next, full: false, Cancellation));
        Assert.Contains("iptables-nft-restore: ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        tools.BreaksNat = false;

        await backend.ApplyAsync(next, full: false, Cancellation);

        Assert.Empty(await backend.DiffAsync(next, Cancellation));
    }

    [Fact]
    public async Task Apply_RulesOfTheKubeletInTheOtherVariant_UsesThatOne()
    {
        await using IptablesSpace space = await IptablesSpace.CreateAsync("legacy");
        await space.RunAsync("iptables -t mangle -N KUBE-IPTABLES-HINT");
        await using IptablesBalancing backend = new(new RulesOptions(), space.Tools, NullLogger.Instance);

        await backend.ApplyAsync(SampleRules.All, full: false, Cancellation);

        Assert.Contains("L4P-SERVICES", await space.SayAsync("iptables-legacy-save"), StringComparison.Ordinal);
        Assert.DoesNotContain("L4P-SERVICES", await space.SayAsync("iptables-nft-save"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probe_ToolMissing_NamesIt()
    {
        await using IptablesBalancing backend = new(new RulesOptions(), new NoTools(), NullLogger.Instance);

        ImmutableArray<string> missing = await backend.ProbeAsync(Cancellation);

        Assert.Contains(missing, line => line.StartsWith("iptables-restore and iptables-save: not found", StringComparison.Ordinal));
    }

    /// <summary>Makes the table nat of every input one that the tool refuses, after it has taken the table filter.</summary>
    private sealed class FailingTools(IHostTools tools) : IHostTools
    {
        public bool BreaksNat { get; set; }

        public bool Exists(string tool) => tools.Exists(tool);

        public Task<ToolResult> RunAsync(
            string tool, IReadOnlyList<string> arguments, string? input, TimeSpan timeout, CancellationToken cancellation) =>
            tools.RunAsync(
                tool,
                arguments,
                BreaksNat ? input?.Replace("*nat\n", "*nat\n-A L4P-NOWHERE -j ACCEPT\n", StringComparison.Ordinal) : input,
                timeout,
                cancellation);

        public IAsyncEnumerable<string> FollowAsync(string tool, IReadOnlyList<string> arguments, CancellationToken cancellation) =>
            tools.FollowAsync(tool, arguments, cancellation);
    }
}
