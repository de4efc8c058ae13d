using System.Collections.Immutable;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Life;
using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Life;

public sealed class RulesSessionTests
{
    private readonly string _lock = $"l4proxy-test-{Guid.NewGuid()}";
    private readonly FakeBackends _backends = new();
    private readonly ListLogger<RulesSession> _logger = new();

    [Fact]
    public async Task Open_LockIsHeld_IsRefusedWithOneLineUntilItIsFree()
    {
        Requires.Linux();
        using (RulesLock? held = RulesLock.TryTake(_lock))
        {
            Assert.NotNull(held);
            (RulesSession? refused, ImmutableArray<string> lacks) = await OpenAsync(RulesBackendKind.Nftables);
            Assert.Null(refused);
            Assert.Contains("another l4proxy", Assert.Single(lacks), StringComparison.Ordinal);
        }

        (RulesSession? session, _) = await OpenAsync(RulesBackendKind.Nftables);
        Assert.NotNull(session);
        Assert.Null(RulesLock.TryTake(_lock));
        await session.DisposeAsync();
        RulesLock.TryTake(_lock)!.Dispose();
    }

    [Fact]
    public async Task Open_HostLacksThings_SaysAllOfThemAndGivesTheLockBack()
    {
        Requires.Linux();
        _backends[RulesBackendKind.Ipvs].Lacks = ["no ipset", "no module ip_vs"];
        (RulesSession? session, ImmutableArray<string> lacks) = await OpenAsync(RulesBackendKind.Ipvs);
        Assert.Null(session);
        Assert.Equal(["Ipvs: no ipset", "Ipvs: no module ip_vs"], lacks);
        Assert.True(_backends[RulesBackendKind.Ipvs].Disposed);
        RulesLock.TryTake(_lock)!.Dispose();
    }

    [Fact]
    public async Task Open_HostLacksThingsAndAFallbackIsGiven_TakesItAndSaysWhy()
    {
        Requires.Linux();
        _backends[RulesBackendKind.Ipvs].Lacks = ["no ipset", "no module ip_vs"];
        (RulesSession? session, _) = await OpenAsync(RulesBackendKind.Ipvs, RulesBackendKind.Iptables);
        await using (session)
        {
            Assert.Equal(RulesBackendKind.Iptables, session!.Kind);
            Assert.Equal(["Ipvs: no ipset; Ipvs: no module ip_vs; Iptables is used instead"], _logger.Messages);
        }
    }

    [Fact]
    public async Task Open_FallbackCannotRunEither_SaysWhatBothLack()
    {
        Requires.Linux();
        _backends[RulesBackendKind.Ipvs].Lacks = ["no ipset"];
        _backends[RulesBackendKind.Iptables].Lacks = ["no iptables"];
        (RulesSession? session, ImmutableArray<string> lacks) = await OpenAsync(RulesBackendKind.Ipvs, RulesBackendKind.Iptables);
        Assert.Null(session);
        Assert.Equal(["Ipvs: no ipset", "Iptables: no iptables"], lacks);
    }

    [Fact]
    public async Task Open_ProbeFails_NamesWhatCannotBeUsed()
    {
        Requires.Linux();
        _backends[RulesBackendKind.Ipvs].ProbeFailure = new RulesException("ipset: no answer within 10 s");
        (RulesSession? session, ImmutableArray<string> lacks) = await OpenAsync(RulesBackendKind.Ipvs);
        Assert.Null(session);
        Assert.Equal(["Ipvs: ipset: no answer within 10 s"], lacks);
        Assert.True(_backends[RulesBackendKind.Ipvs].Disposed);
    }

    [Fact]
    public async Task Open_GivenUpDuringTheProbe_GivesTheLockAndTheBackendBack()
    {
        Requires.Linux();
        _backends[RulesBackendKind.Ipvs].ProbeFailure = new OperationCanceledException();
        await Assert.ThrowsAsync<OperationCanceledException>(() => OpenAsync(RulesBackendKind.Ipvs));
        Assert.True(_backends[RulesBackendKind.Ipvs].Disposed);
        RulesLock.TryTake(_lock)!.Dispose();
    }

    /// <summary>For the time of a process another mode would be used because of what is over a moment later.</summary>
    [Fact]
    public async Task Choose_SomebodyElseIsBusy_IsNoReasonToFallBack()
    {
        _backends[RulesBackendKind.Ipvs].ProbeFailure = new RulesException("the lock is held") { IsBusy = true };
        RulesException e = await Assert.ThrowsAsync<RulesException>(() => RulesBackendChoice.MakeAsync(
            _backends, RulesBackendKind.Ipvs, RulesBackendKind.Iptables, TimeSpan.Zero, _logger, CancellationToken.None));
        Assert.Equal("the lock is held", e.Message);
        Assert.True(_backends[RulesBackendKind.Ipvs].Disposed);
        Assert.Empty(_logger.Messages);
    }

    [Fact]
    public async Task RemoveLeftovers_OneBackendFails_TheOthersAreRemovedAllTheSame()
    {
        RecordingRulesObserver observer = new();
        _backends[RulesBackendKind.Iptables].Kernel = ["old"];
        _backends[RulesBackendKind.Nftables].Kernel = ["current"];
        _backends[RulesBackendKind.Ipvs].CleanUpFailure = "ipset: busy";
        _backends[RulesBackendKind.LocalRoutes].Kernel = ["old"];

        await new RulesLeftovers(_backends, RulesBackendKind.Nftables, observer, _logger).RemoveAsync(CancellationToken.None, CancellationToken.None);

        Assert.Null(_backends[RulesBackendKind.Iptables].Kernel);
        Assert.Null(_backends[RulesBackendKind.LocalRoutes].Kernel);
        Assert.Equal(["current"], _backends[RulesBackendKind.Nftables].Kernel);
        Assert.Equal(["cleanup failed"], observer.Calls);
        Assert.Contains("Ipvs: leftovers of an earlier run could not be removed: ipset: busy", _logger.Messages);
    }

    /// <summary>What has something in common with what is to be must be gone before; all else serves until then.</summary>
    [Theory]
    [InlineData(RulesBackendKind.Nftables, "")]
    [InlineData(RulesBackendKind.Iptables, "Ipvs CaptureIptables")]
    [InlineData(RulesBackendKind.Ipvs, "Iptables CaptureIptables LocalRoutes")]
    [InlineData(RulesBackendKind.CaptureNftables, "CaptureIptables")]
    [InlineData(RulesBackendKind.CaptureIptables, "Iptables Ipvs CaptureNftables")]
    [InlineData(RulesBackendKind.LocalRoutes, "Ipvs")]
    public async Task RemoveLeftovers_BeforeAndAfter_SeparateWhatHasSomethingInCommon(RulesBackendKind kept, string before)
    {
        List<string> removed = [];
        foreach ((RulesBackendKind kind, FakeBackend backend) in _backends.All)
        {
            backend.Before = _ => removed.Add(kind.ToString());
        }

        RulesLeftovers leftovers = new(_backends, kept, observer: null, _logger);
        await leftovers.RemoveBeforeAsync(CancellationToken.None, CancellationToken.None);
        Assert.Equal(before, string.Join(' ', removed));
        await leftovers.RemoveAfterAsync(CancellationToken.None, CancellationToken.None);
        Assert.Equal(Enum.GetValues<RulesBackendKind>().Where(k => k != kept).Select(k => k.ToString()).Order(), removed.Order());
    }

    private Task<(RulesSession? Session, ImmutableArray<string> Lacks)> OpenAsync(RulesBackendKind kind, RulesBackendKind? fallback = null) =>
        RulesSession.OpenAsync(_backends, kind, fallback, _logger, CancellationToken.None, _lock);
}
