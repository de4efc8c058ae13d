using L4Proxy.Testing;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests.Rules;

/// <summary>What goes wrong between the program and the kernel, by the built program in a network namespace.</summary>
public sealed class RulesFaultTests
{
    public static TheoryData<string> PacketModes => new("iptables", "nftables", "capture-iptables", "capture-nftables");

    public static TheoryData<string> KernelModes => new("iptables", "nftables");

    [Theory, MemberData(nameof(KernelModes))]
    public async Task ToolFailsHalfWay_WhatWasInForceStays_AndAllIsThereAfterIt(string mode)
    {
        await using RulesNode node = await RulesNode.CreateAsync();
        await using L4ProxyProcess proxy = await node.StartAsync(mode, "--metrics-bind-address", "10.1.0.1:0");
        node.Faults.FailHalfWay();
        node.Serve(2);
        await proxy.Process.WaitForAsync("injected failure");
        Assert.True(await node.ReachesAsync(1));
        await node.WaitForMetricAsync(proxy, "l4proxy_rules_failing", atLeast: 1);
        await node.WaitForMetricAsync(proxy, "l4proxy_rules_apply_failures_total", atLeast: 2);
        node.Faults.Recover();
        await proxy.Process.WaitForAsync("rules are in force again");
        Assert.True(await node.ReachesAsync(2));
        await node.AssertNoDifferenceAsync(mode);
        Assert.True(proxy.Process.Log.Split("injected failure").Length <= 3, "the same failure is told of again and again");
    }

    [Theory, MemberData(nameof(KernelModes))]
    public async Task ToolFailsAtTheStart_ProgramEndsAndSaysWhy(string mode)
    {
        await using RulesNode node = await RulesNode.CreateAsync();
        node.Faults.FailHalfWay();
        await using L4ProxyProcess proxy = node.Launch(mode);
        Assert.Equal(2, await proxy.Process.WaitForExitAsync());
        Assert.Contains("cannot run: ", proxy.Process.Log, StringComparison.Ordinal);
        Assert.Contains("injected failure", proxy.Process.Log, StringComparison.Ordinal);
    }

    /// <summary>The lock is a file that all tools of a host share; here one of the test's own.</summary>
    [Fact]
    public async Task XtablesLockHeld_RulesAreThereWhenItIsFree()
    {
        Requires.Program("flock");
        Requires.That(File.Exists("/usr/sbin/iptables-legacy-restore"), "the program 'iptables-legacy-restore'");
        await using RulesNode node = await RulesNode.CreateAsync();
        node.Faults.UseLegacy();
        await using L4ProxyProcess proxy = await node.StartAsync("iptables");
        await using (ChildProcess holder = ChildProcess.Start("flock", node.XtablesLock, "sh", "-c", "echo held; exec sleep 600"))
        {
            await holder.WaitForAsync("held");
            node.Serve(2);
            await proxy.Process.WaitForAsync("xtables lock");
            Assert.True(await node.ReachesAsync(1));
            Assert.False(await node.ReachesAsync(2));
        }

        await node.WaitUntilReachedAsync(2);
        await node.AssertNoDifferenceAsync("iptables");
    }

    [Theory, MemberData(nameof(PacketModes))]
    public async Task RulesFlushedBySomebodyElse_AreRestoredWithinHalfAMinute(string mode)
    {
        await using RulesNode node = await RulesNode.CreateAsync();
        await using L4ProxyProcess proxy = await node.StartAsync(mode);
        if (mode.EndsWith("nftables", StringComparison.Ordinal))
        {
            await node.ToolAsync("nft", "flush", "ruleset");
        }
        else
        {
            await node.ToolAsync("iptables", "-t", "nat", "-F");
            await node.ToolAsync("iptables", "-t", "nat", "-X");
        }

        await node.WaitUntilReachedAsync(1);
        await node.AssertNoDifferenceAsync(mode);
        Assert.Contains("removed or changed by somebody else", proxy.Process.Log, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(KernelModes))]
    public async Task KilledBetweenPlanAndApply_NextRunPutsAllInForce(string mode)
    {
        await using RulesNode node = await RulesNode.CreateAsync();
        await using (L4ProxyProcess first = await node.StartAsync(mode))
        {
            node.Faults.NeverEnd();
            node.Serve(2);
            await Eventually.True(() => node.Faults.IsHanging);
            first.Process.Send(Signal.Kill);
            await first.Process.WaitForExitAsync();
            node.Faults.EndHanging();
        }

        Assert.True(await node.ReachesAsync(1));
        node.Faults.Recover();
        await using L4ProxyProcess second = await node.StartAsync(mode);
        Assert.True(await node.ReachesAsync(2));
        await node.AssertNoDifferenceAsync(mode);
    }

    [Fact]
    public async Task TwoInstancesAtOnce_SecondEndsWithOneLineAndTheFirstGoesOn()
    {
        await using RulesNode node = await RulesNode.CreateAsync();
        await using L4ProxyProcess first = await node.StartAsync("iptables");
        string before = await node.ListAsync();
        await using L4ProxyProcess second = node.Launch("nftables");
        Assert.Equal(2, await second.Process.WaitForExitAsync());
        Assert.Equal(
            "cannot run: another l4proxy programs rules in this network namespace (it holds the abstract Unix socket @l4proxy-rules)",
            Assert.Single(second.Process.Error.TrimEnd('\n').Split('\n'))[(second.Process.Error.IndexOf("crit ", StringComparison.Ordinal) + 5)..]);
        Assert.Equal(before, await node.ListAsync());
        node.Serve(2);
        await node.WaitUntilReachedAsync(2);
    }
}
