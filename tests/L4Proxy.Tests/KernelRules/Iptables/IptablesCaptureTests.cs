using System.Net;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Iptables;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Iptables;

/// <summary>Sets and rules that the kernel really has, in namespaces, by both variants of the tools.</summary>
public sealed class IptablesCaptureTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nft", false)]
    [InlineData("nft", true)]
    [InlineData("legacy", false)]
    public async Task Apply_AllFeatures_IsInForceAndGoesWithoutATrace(string variant, bool transparent)
    {
        await using IptablesSpace space = await IptablesSpace.CreateAsync(variant);
        string before = await space.ListAsync();
        await using IptablesCapture backend = space.Capture(new RulesOptions { CapturePort = 10261, TransparentSource = transparent });
        Assert.Empty(await backend.ProbeAsync(Cancellation));

        await backend.ApplyAsync(SampleRules.All, full: false, Cancellation);

        Assert.Empty(await backend.DiffAsync(SampleRules.All, Cancellation));
        Assert.True(await backend.IsIntactAsync(Cancellation));
        Assert.True(await space.Capture().CleanUpAsync(Cancellation));
        Assert.Equal(before, await space.ListAsync());
        Assert.False(await backend.CleanUpAsync(Cancellation));
    }

    [Fact]
    public async Task Apply_StateAfterState_LeavesWhatTheLastOneSays()
    {
        await using IptablesSpace space = await IptablesSpace.CreateAsync("nft");
        await using IptablesCapture backend = space.Capture();
        RulesState[] states =
        [
            SampleRules.State(SampleRules.Plain, SampleRules.Empty),
            SampleRules.State(SampleRules.Plain with { ClusterIPs = [IPAddress.Parse("172.20.0.99")] }, SampleRules.External),
            SampleRules.All,
            new(SampleRules.IPv4(), SampleRules.Family6()),
        ];

        foreach (RulesState state in states)
        {
            await backend.ApplyAsync(state, full: false, Cancellation);
            Assert.Empty(await backend.DiffAsync(state, Cancellation));
            Assert.True(await backend.IsIntactAsync(Cancellation));
        }
    }

    [Fact]
    public async Task IsIntact_DisturbedBySomeoneElse_IsFalseUntilAFullApplication()
    {
        await using IptablesSpace space = await IptablesSpace.CreateAsync("nft");
        await using IptablesCapture backend = space.Capture();
        await backend.ApplyAsync(SampleRules.All, full: false, Cancellation);
        foreach (string disturbance in (string[])["iptables -t nat -F PREROUTING", "ip route del local 169.254.102.61 dev lo table local", "ipset flush l4p-capture"])
        {
            await space.RunAsync(disturbance);
            Assert.False(await backend.IsIntactAsync(Cancellation));
            Assert.NotEmpty(await backend.DiffAsync(SampleRules.All, Cancellation));

            await backend.ApplyAsync(SampleRules.All, full: true, Cancellation);

            Assert.True(await backend.IsIntactAsync(Cancellation));
            Assert.Empty(await backend.DiffAsync(SampleRules.All, Cancellation));
        }
    }

    [Fact]
    public async Task Apply_LockHeldThatTheOtherVariantNeeds_IsBusyAndTakesOverLater()
    {
        await using IptablesSpace space = await IptablesSpace.CreateAsync("nft");
        RulesOptions options = new() { CapturePort = 10261 };
        await new IptablesCapture(options, space.Tools, NullLogger.Instance, IptablesVariant.Legacy)
            .ApplyAsync(SampleRules.All, full: true, Cancellation);
        HeldLockTools tools = new(space.Tools);
        await using IptablesCapture backend = new(options, tools, NullLogger.Instance, IptablesVariant.Nft);
        RulesException e = await Assert.ThrowsAsync<RulesException>(() => backend.ApplyAsync(SampleRules.All, full: true, Cancellation));
        Assert.True(e.IsBusy);
        tools.IsHeld = false;

        await backend.ApplyAsync(SampleRules.All, full: true, Cancellation);

        Assert.DoesNotContain("L4P-", await space.SayAsync("iptables-legacy-save -t nat"), StringComparison.Ordinal);
        Assert.Empty(await backend.DiffAsync(SampleRules.All, Cancellation));
    }

    [Fact]
    public async Task CleanUp_OfBalancing_LeavesCaptureInForce()
    {
        await using IptablesSpace space = await IptablesSpace.CreateAsync("nft");
        await using IptablesBalancing balancing = space.Balancing();
        await balancing.ApplyAsync(SampleRules.All, full: false, Cancellation);
        await using IptablesCapture capture = space.Capture();
        await capture.ApplyAsync(SampleRules.All, full: false, Cancellation);

        await balancing.CleanUpAsync(Cancellation);

        Assert.True(await capture.IsIntactAsync(Cancellation));
        Assert.Empty(await capture.DiffAsync(SampleRules.All, Cancellation));
    }
}
