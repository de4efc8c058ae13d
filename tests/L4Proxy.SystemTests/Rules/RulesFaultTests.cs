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
        await node.AssertReachedAsync(1);
        await node.WaitForMetricAsync(proxy, "l4proxy_rules_failing", atLeast: 1);
        await node.WaitForMetricAsync(proxy, "l4proxy_rules_apply_failures_total", atLeast: 2);
        node.Faults.Recover();
        await proxy.Process.WaitForAsync("rules are in force again");
        await node.AssertReachedAsync(2);
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
            await node.AssertReachedAsync(1);
            Assert.False(await node.ReachesAsync(2));
        }

        await node.WaitUntilReachedAsync(2);
        await node.AssertNoDifferenceAsync("iptables");
    }

    [Fact]
    public async Task XtablesLockHeldAtTheStart_IsWaitedFor()
    {
        Requires.Program("flock");
        Requires.That(File.Exists("/usr/sbin/iptables-legacy-restore"), "the program 'iptables-legacy-restore'");
        await using RulesNode node = await RulesNode.CreateAsync();
        node.Faults.UseLegacy();
        ChildProcess holder = ChildProcess.Start("flock", node.XtablesLock, "sh", "-c", "echo held; exec sleep 600");
        await holder.WaitForAsync("held");
        await using L4ProxyProcess proxy = node.Launch("iptables");
        await using (holder)
        {
            await proxy.Process.WaitForAsync("xtables lock (/run/xtables.lock) for more than 5 s; it is tried again, for 60 s at most");
        }

        await proxy.WaitUntilReadyAsync();
        await node.AssertReachedAsync(1);
    }

    /// <summary>A mount of /proc/sys as in a container that is not privileged.</summary>
    [Fact]
    public async Task SysctlsAreReadOnly_ModeIptablesSaysSoBeforeAnythingIsTouched()
    {
        Requires.Program("unshare");
        await using RulesNode node = await RulesNode.CreateAsync();
        node.Wrapper = ["unshare", "--mount", "sh", "-c", "mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && exec \"$@\"", "sh"];
        string before = await node.ListAsync();
        await using (L4ProxyProcess proxy = node.Launch("iptables"))
        {
            Assert.Equal(2, await proxy.Process.WaitForExitAsync());
            Assert.Contains(
                "cannot run: iptables: net.ipv4.conf.all.route_localnet cannot be set to 1, which node ports on 127.0.0.1 need", proxy.Process.Log, StringComparison.Ordinal);
        }

        Assert.Equal(before, await node.ListAsync());
        await using L4ProxyProcess without = await node.StartAsync("iptables", "--nodeport-addresses", "10.1.0.1");
        await node.AssertReachedAsync(1);
    }

    [Theory]
    [InlineData("iptables")]
    [InlineData("nftables")]
    [InlineData("capture-iptables")]
    public async Task WithoutCapNetAdmin_RunAndDiffNameIt(string mode)
    {
        Requires.Program("setpriv");
        await using RulesNode node = await RulesNode.CreateAsync();
        node.Wrapper = ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"];
        await using L4ProxyProcess proxy = node.Launch(mode);
        Assert.Equal(2, await proxy.Process.WaitForExitAsync());
        Assert.Contains("CAP_NET_ADMIN", Assert.Single(proxy.Process.Log.Split('\n'), l => l.Contains("cannot run", StringComparison.Ordinal)), StringComparison.Ordinal);
        ProgramRun diff = await node.RunAsync(["rules", "diff", .. node.OptionsOf(mode)]);
        Assert.Equal((2, ""), (diff.ExitCode, diff.Output));
        Assert.Contains("CAP_NET_ADMIN", Assert.Single(diff.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    /// <summary>Who has no privilege lacks nothing else for that.</summary>
    [Fact]
    public async Task DiffWithoutCapNetAdmin_ToolFailsForAnotherReason_DoesNotBlameTheLackOfIt()
    {
        Requires.Program("setpriv");
        await using RulesNode node = await RulesNode.CreateAsync();
        node.Wrapper = ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"];
        node.Faults.Break("nft");
        ProgramRun diff = await node.RunAsync(["rules", "diff", .. node.OptionsOf("nftables")]);
        Assert.Equal((2, "", "l4proxy: nft: injected failure\n"), (diff.ExitCode, diff.Output, diff.Error));
    }

    [Fact]
    public async Task XtablesLockHeldAtTheEnd_CaptureIsRemovedWhenItIsFree()
    {
        Requires.Program("flock");
        Requires.That(File.Exists("/usr/sbin/iptables-legacy-restore"), "the program 'iptables-legacy-restore'");
        await using RulesNode node = await RulesNode.CreateAsync();
        node.Faults.UseLegacy();
        await using L4ProxyProcess proxy = await node.StartAsync("capture-iptables");
        await node.AssertReachedAsync(1);
        await using (ChildProcess holder = ChildProcess.Start("flock", node.XtablesLock, "sh", "-c", "echo held; exec sleep 600"))
        {
            await holder.WaitForAsync("held");
            proxy.Process.Send(Signal.Terminate);
            await proxy.Process.WaitForAsync("it is tried again, for 30 s at most");
        }

        Assert.Equal(0, await proxy.Process.WaitForExitAsync());
        Assert.DoesNotContain("L4P", await node.ToolAsync("iptables-legacy-save"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task XtablesLockHeld_DiffOfIpvsThatFallsBackSaysSoAndDoesNotWait()
    {
        Requires.Program("flock");
        Requires.That(File.Exists("/usr/sbin/iptables-legacy-restore"), "the program 'iptables-legacy-restore'");
        await using RulesNode node = await RulesNode.CreateAsync();
        node.Faults.UseLegacy();
        await using ChildProcess holder = ChildProcess.Start("flock", node.XtablesLock, "sh", "-c", "echo held; exec sleep 600");
        await holder.WaitForAsync("held");
        ProgramRun diff = await node.RunAsync(["rules", "diff", .. node.OptionsOf("ipvs"), "--fallback", "iptables"]);
        Assert.Equal((2, ""), (diff.ExitCode, diff.Output));
        Assert.Contains("xtables lock", Assert.Single(diff.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NftMonitorKilled_IsStartedAnewAndNoticesAtOnce()
    {
        await using RulesNode node = await RulesNode.CreateAsync();
        await using L4ProxyProcess proxy = await node.StartAsync("nftables");
        await node.KillToolAsync("nft monitor destroy rules");
        await proxy.Process.WaitForAsync("nobody told of removed rules (nft");
        await node.WaitForToolAsync("nft monitor destroy rules");
        await node.ToolAsync("nft", "flush", "ruleset");
        await proxy.Process.WaitForAsync("removed or changed by somebody else");
        await node.WaitUntilReachedAsync(1);
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

        await node.AssertReachedAsync(1);
        node.Faults.Recover();
        await using L4ProxyProcess second = await node.StartAsync(mode);
        await node.AssertReachedAsync(2);
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
