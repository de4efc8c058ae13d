using L4Proxy.Testing;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests.Rules;

/// <summary>The life of rules from a start to an end, by the built program in a network namespace.</summary>
public sealed class RulesLifeTests
{
    private const int HealthCheckPort = 30990;

    private static readonly string s_healthChecked = $$"""
        apiVersion: v1
        kind: Service
        metadata: {name: balanced, namespace: default}
        spec:
          type: LoadBalancer
          clusterIP: 10.96.0.99
          externalTrafficPolicy: Local
          healthCheckNodePort: {{HealthCheckPort}}
          ports: [{port: 80}]
        """;

    public static TheoryData<string> KernelModes => new("iptables", "nftables");

    public static TheoryData<string> CaptureModes => new("capture-iptables", "capture-nftables", "capture-local");

    [Theory, MemberData(nameof(KernelModes))]
    public async Task KernelMode_StoppedAndStarted_ServesAllTheTimeAndIsCleanedUp(string mode)
    {
        await using RulesNode node = await RulesNode.CreateAsync();
        string before = await node.ListAsync();
        await using (L4ProxyProcess first = await node.StartAsync(mode))
        {
            await node.AssertReachedAsync(1);
            node.Serve(2);
            await node.WaitUntilReachedAsync(2);
            Assert.Equal(0, await first.StopAsync());
        }

        await node.AssertReachedAsync(2);
        await using (L4ProxyProcess second = await node.StartAsync(mode))
        {
            await node.AssertReachedAsync(2);
            await node.AssertNoDifferenceAsync(mode);
            ProgramRun refused = await node.RunAsync("cleanup");
            Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
            Assert.Contains("another l4proxy programs rules", refused.Error, StringComparison.Ordinal);
            Assert.Equal(0, await second.StopAsync());
        }

        ProgramRun cleanup = await node.RunAsync("cleanup");
        Assert.Equal((0, $"removed: {mode}\n", ""), (cleanup.ExitCode, cleanup.Output, cleanup.Error));
        Assert.Equal(before, await node.ListAsync());
        Assert.Equal((0, "nothing to remove\n"), await node.RunAsync("cleanup") is var again ? (again.ExitCode, again.Output) : default);
    }

    [Theory, MemberData(nameof(KernelModes))]
    public async Task KernelModeWithoutKeepRules_Stopped_LeavesTheHostAsItWas(string mode)
    {
        await using RulesNode node = await RulesNode.CreateAsync();
        string before = await node.ListAsync();
        await using L4ProxyProcess proxy = await node.StartAsync(mode, "--keep-rules", "false");
        await node.AssertReachedAsync(1);
        Assert.Equal(0, await proxy.StopAsync());
        Assert.Equal(before, await node.ListAsync());
    }

    [Theory, MemberData(nameof(CaptureModes))]
    public async Task Capture_Stopped_LeavesTheHostAsItWas(string mode)
    {
        await using RulesNode node = await RulesNode.CreateAsync();
        string before = await node.ListAsync();
        await using L4ProxyProcess proxy = await node.StartAsync(mode);
        await node.AssertReachedAsync(1);
        node.Serve(2);
        await node.WaitUntilReachedAsync(2);
        await node.AssertNoDifferenceAsync(mode);
        Assert.Equal(0, await proxy.StopAsync());
        Assert.Equal(before, await node.ListAsync());
    }

    [Theory, MemberData(nameof(CaptureModes))]
    public async Task Capture_Killed_IsTakenOverByTheNextRun(string mode)
    {
        await using RulesNode node = await RulesNode.CreateAsync();
        string before = await node.ListAsync();
        await using (L4ProxyProcess first = await node.StartAsync(mode))
        {
            first.Process.Send(Signal.Kill);
            await first.Process.WaitForExitAsync();
        }

        Assert.False(await node.ReachesAsync(1));
        await using L4ProxyProcess second = await node.StartAsync(mode);
        await node.AssertReachedAsync(1);
        await node.AssertNoDifferenceAsync(mode);
        Assert.Equal(0, await second.StopAsync());
        Assert.Equal(before, await node.ListAsync());
    }

    [Theory]
    [InlineData("iptables", "nftables")]
    [InlineData("nftables", "iptables")]
    [InlineData("nftables", "capture-iptables")]
    [InlineData("iptables", "userspace")]
    public async Task Start_InAnotherMode_RemovesTheLeftoversOfTheOneBefore(string before, string after)
    {
        await using RulesNode node = await RulesNode.CreateAsync();
        string clean = await node.ListAsync();
        await using (L4ProxyProcess first = await node.StartAsync(before))
        {
            Assert.Equal(0, await first.StopAsync());
        }

        await node.AssertReachedAsync(1);
        await using L4ProxyProcess second = await node.StartAsync(after, after == "userspace" ? [] : ["--keep-rules", "false"]);
        await second.Process.WaitForAsync($"{before}: removed what an earlier run had left in the kernel");
        Assert.Equal(after != "userspace", await node.ReachesAsync(1));
        Assert.Equal(0, await second.StopAsync());
        Assert.Equal(clean, await node.ListAsync());
    }

    [Theory]
    [InlineData("iptables", "nftables")]
    [InlineData("nftables", "iptables")]
    [InlineData("nftables", "capture-iptables")]
    [InlineData("iptables", "capture-nftables")]
    public async Task Start_InAnotherModeWithNothingInCommon_HasNoGap(string before, string after)
    {
        await using RulesNode node = await RulesNode.CreateAsync();
        await using (L4ProxyProcess first = await node.StartAsync(before))
        {
            Assert.Equal(0, await first.StopAsync());
        }

        await using L4ProxyProcess second = node.Launch(after);
        int clients = 0;
        for (; !second.Process.Log.Contains($"{before}: removed what an earlier run had left in the kernel", StringComparison.Ordinal); clients++)
        {
            await node.AssertReachedAsync(1, () => $"client {clients}: {second.Process.Log}");
            Assert.False(second.Process.HasExited, second.Process.Log);
        }

        await node.AssertReachedAsync(1, () => second.Process.Log);
        await node.AssertNoDifferenceAsync(after);
    }

    [Fact]
    public async Task ModeIptables_HostThatAdmitsNothing_AdmitsHealthChecks()
    {
        await using RulesNode node = await RulesNode.CreateAsync();
        await node.ToolAsync("iptables", "-A", "INPUT", "-m", "conntrack", "--ctstate", "ESTABLISHED", "-j", "ACCEPT");
        await node.ToolAsync("iptables", "-P", "INPUT", "DROP");
        node.Serve(1, s_healthChecked);
        await using L4ProxyProcess proxy = await node.StartAsync("iptables", "--healthz-bind-address", "10.1.0.1:30991");
        Assert.False(await node.IsAcceptedAsync(30991));
        Assert.True(await node.IsAcceptedAsync(HealthCheckPort));
        await node.AssertNoDifferenceAsync("iptables", "--healthz-bind-address", "10.1.0.1:30991");
        node.Serve(1);
        await Eventually.Equal(false, () => node.ListAsync().GetAwaiter().GetResult().Contains("health check node port\" -m tcp", StringComparison.Ordinal));
        await node.AssertNoDifferenceAsync("iptables");
    }

    [Fact]
    public async Task ModeIptables_NobodyAnswersHealthChecks_AdmitsNone()
    {
        await using RulesNode node = await RulesNode.CreateAsync();
        node.Serve(1, s_healthChecked);
        await using L4ProxyProcess proxy = await node.StartAsync("iptables");
        Assert.DoesNotContain("health check node port\" -m tcp", await node.ListAsync(), StringComparison.Ordinal);
        await node.AssertNoDifferenceAsync("iptables");
    }

    /// <summary>A host that lacks IPVS, or at least a tool for it.</summary>
    [Fact]
    public async Task Plan_OfIpvsThatFallsBack_IsThatOfIptablesAndSaysSo()
    {
        Requires.That(!File.Exists("/usr/sbin/ipvsadm") || !Directory.Exists("/sys/module/ip_vs"), "a host without IPVS");
        await using RulesNode node = await RulesNode.CreateAsync();
        ProgramRun iptables = await node.RunAsync(["rules", "plan", .. node.OptionsOf("iptables")]);
        ProgramRun ipvs = await node.RunAsync(["rules", "plan", .. node.OptionsOf("ipvs"), "--fallback", "iptables"]);
        Assert.Equal((0, iptables.Output), (ipvs.ExitCode, ipvs.Output));
        Assert.Contains("ipvs: ", ipvs.Error, StringComparison.Ordinal);
        Assert.EndsWith(": iptables is shown\n", ipvs.Error, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(KernelModes)), MemberData(nameof(CaptureModes))]
    public async Task Plan_NeedsNoPrivilegeAndChangesNothing(string mode)
    {
        await using RulesNode node = await RulesNode.CreateAsync();
        string before = await node.ListAsync();
        ProgramRun plan = await node.RunAsync(["rules", "plan", .. node.OptionsOf(mode)]);
        Assert.Equal((0, ""), (plan.ExitCode, plan.Error));
        Assert.Contains("10.96.0", plan.Output, StringComparison.Ordinal);
        ProgramRun diff = await node.RunAsync(["rules", "diff", .. node.OptionsOf(mode)]);
        Assert.Equal((1, ""), (diff.ExitCode, diff.Error));
        Assert.All(diff.Output.TrimEnd('\n').Split('\n'), line => Assert.StartsWith("-", line, StringComparison.Ordinal));
        Assert.Equal(before, await node.ListAsync());
    }
}
