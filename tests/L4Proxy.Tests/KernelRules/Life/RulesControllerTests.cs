using System.Net;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Life;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using L4Proxy.Testing.Time;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Life;

public sealed class RulesControllerTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly FakeBackend _backend = new();
    private readonly RecordingRulesObserver _observer = new();
    private readonly ListLogger<RulesController> _logger = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly RulesController _controller;
    private Task _run = Task.CompletedTask;

    public RulesControllerTests()
    {
        _controller = new RulesController(_backend, new RulesModel(new RulesOptions()), flows: null, TimeSpan.FromHours(1), _time, _observer, _logger);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run.Within();
        _stop.Dispose();
        _abort.Dispose();
    }

    [Fact]
    public async Task ApplyFirst_ToolFails_ThrowsItsLine()
    {
        _backend.Failures.Enqueue("nft: no permission");
        RulesException e = await Assert.ThrowsAsync<RulesException>(() => _controller.ApplyFirstAsync(Of("a"), CancellationToken.None, CancellationToken.None));
        Assert.Equal("nft: no permission", e.Message);
    }

    [Fact]
    public async Task ApplyFirst_SomebodyElseIsBusy_TriesAgainAndSaysSoOnce()
    {
        _backend.IsBusy = true;
        _backend.Failures.Enqueue("the lock is held");
        _backend.Failures.Enqueue("the lock is held");
        Task first = _controller.ApplyFirstAsync(Of("a"), _stop.Token, _abort.Token);
        await Eventually.Equal(true, () => Advanced(first.IsCompleted));
        await first;
        Assert.Equal("full a, full a, full a", Applied());
        Assert.Equal(1, _logger.Messages.Count(m => m.Contains("the lock is held; it is tried again, for 60 s at most", StringComparison.Ordinal)));
        Assert.Equal(2, _observer.Calls.Count(c => c == "failed"));
    }

    [Fact]
    public async Task ApplyFirst_SomebodyElseIsBusyForAMinute_ThrowsItsLine()
    {
        _backend.IsBusy = true;
        for (int i = 0; i < 100; i++)
        {
            _backend.Failures.Enqueue("the lock is held");
        }

        Task first = _controller.ApplyFirstAsync(Of("a"), _stop.Token, _abort.Token);
        await Eventually.Equal(true, () => Advanced(first.IsCompleted));
        RulesException e = await Assert.ThrowsAsync<RulesException>(() => first);
        Assert.Equal("the lock is held", e.Message);
        Assert.InRange(_backend.Applied.Count, 50, 62);
    }

    [Fact]
    public async Task ApplyFirst_StoppedBetweenTwoAttempts_EndsAtOnce()
    {
        _backend.IsBusy = true;
        _backend.Failures.Enqueue("the lock is held");
        Task first = _controller.ApplyFirstAsync(Of("a"), _stop.Token, _abort.Token);
        await Eventually.Equal(true, () => _time.ArmedTimers > 0);
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Within());
        Assert.Equal("full a", Applied());
    }

    /// <summary>It may have got the lock meanwhile, and be between two tables.</summary>
    [Fact]
    public async Task ApplyFirst_StoppedDuringALaterAttempt_WaitsForItsEnd()
    {
        TaskCompletionSource gate = new();
        Task first = await BeginSecondAttemptAsync(gate.Task);
        await _stop.CancelAsync();
        Assert.False(first.IsCompleted);
        gate.SetResult();
        await first.Within();
        Assert.Equal(["a"], _backend.Kernel);
    }

    [Fact]
    public async Task ApplyFirst_AbortedDuringALaterAttempt_EndsAtOnce()
    {
        Task first = await BeginSecondAttemptAsync(new TaskCompletionSource().Task);
        await _stop.CancelAsync();
        await _abort.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Within());
    }

    [Fact]
    public async Task Post_WhileIdle_IsInForceAtOnceAtTheCostOfTheChange()
    {
        await StartAsync("a");
        _ = _controller.PostAsync(Of("a", "b"));
        await Eventually.Equal("full a, partial a b", Applied);
    }

    [Fact]
    public async Task Post_WhileATransactionRuns_ReplacesWhatWaits()
    {
        await StartAsync("a");
        TaskCompletionSource gate = new();
        _backend.Gates.Enqueue(gate.Task);
        _ = _controller.PostAsync(Of("b"));
        await Eventually.Equal(2, () => _backend.Applied.Count);
        for (int i = 0; i < 100; i++)
        {
            _ = _controller.PostAsync(Of("c", $"c{i}") with { Changes = new SnapshotChanges { Services = 1 } });
        }

        gate.SetResult();
        await Eventually.Equal(3, () => Advanced(_backend.Applied.Count));
        Assert.Equal("partial c c99", _backend.Applied[2]);
        await Eventually.Equal(100, () => _observer.ServiceChanges);
    }

    [Fact]
    public async Task Post_ApplicationFails_IsTriedWholeAgainAndSaidOnce()
    {
        await StartAsync("a");
        for (int i = 0; i < 5; i++)
        {
            _backend.Failures.Enqueue("iptables-restore: line 7 failed");
        }

        _ = _controller.PostAsync(Of("b"));
        await Eventually.Equal("full a, partial b, full b, full b, full b, full b, full b", () => Advanced(Applied()));
        Assert.Single(_logger.Messages, m => m.Contains("line 7 failed", StringComparison.Ordinal));
        await Eventually.Equal(1, () => _logger.Messages.Count(m => m.Contains("in force again after 5 failures", StringComparison.Ordinal)));
        Assert.Equal(5, _observer.Calls.Count(c => c == "failed"));
    }

    [Fact]
    public async Task Run_RulesRemovedAndTold_AreRestoredWithoutDelay()
    {
        await StartAsync("a");
        _backend.RemoveByOthers(tell: true);
        await Eventually.Equal("full a, full a", Applied);
        await Eventually.Equal(1, () => _observer.Calls.Count(c => c == "restored"));
        Assert.Contains(_logger.Messages, m => m.Contains("removed or changed by somebody else", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_RulesRemovedAndNotTold_AreRestoredWithinHalfAMinute()
    {
        await StartAsync("a");
        await Eventually.Equal(true, () => _time.ArmedTimers > 0);
        _backend.RemoveByOthers(tell: false);
        _time.Advance(TimeSpan.FromSeconds(30));
        await Eventually.Equal("full a, full a", Applied);
    }

    [Fact]
    public async Task Run_WhoTellsOfRemovalsEnds_IsAskedAgainAndSaysSo()
    {
        await StartAsync("a");
        _backend.EndNews("nft monitor: killed");
        await Eventually.Equal(1, () => Advanced(_logger.Messages.Count(m => m.Contains("nft monitor: killed", StringComparison.Ordinal))));
        _backend.RemoveByOthers(tell: true);
        await Eventually.Equal("full a, full a", Applied);
    }

    [Fact]
    public async Task Run_WhoTellsOfRemovalsEndsWithTheProcess_IsNoTrouble()
    {
        await StartAsync("a");
        _backend.EndNews("nft monitor: killed");
        await Eventually.Equal(true, () => _time.ArmedTimers > 1);
        await _stop.CancelAsync();
        await _run.Within();
        Assert.DoesNotContain(_logger.Messages, m => m.Contains("nft monitor", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_WhoTellsOfRemovalsEndsAgainAfterALongTime_SaysSoAgain()
    {
        await StartAsync("a");
        _backend.EndNews("nft monitor: killed");
        await Eventually.Equal(2, () => Advanced(_backend.Waits));
        _time.Advance(RulesSchedule.CheckPeriod + TimeSpan.FromSeconds(1));
        _backend.EndNews("nft monitor: killed again");
        await Eventually.Equal(1, () => Advanced(_logger.Messages.Count(m => m.Contains("nft monitor: killed again", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Run_WhoTellsOfRemovalsEndsAgainAndAgain_IsSaidOnce()
    {
        await StartAsync("a");
        for (int i = 1; i <= 4; i++)
        {
            _backend.EndNews("nft monitor: killed");
            await Eventually.Equal(true, () => _time.ArmedTimers > 1);
            await Eventually.Equal(i + 1, () => Advanced(_backend.Waits));
        }

        Assert.Equal(1, _logger.Messages.Count(m => m.Contains("nft monitor: killed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Run_SyncPeriodOver_WritesAllAnew()
    {
        await StartAsync("a");
        await Eventually.Equal(true, () => Advanced(_backend.Applied.Count > 1, TimeSpan.FromSeconds(20)));
        Assert.Equal("full a", _backend.Applied[1]);
        Assert.InRange(_backend.Checks, 100, 200);
    }

    [Fact]
    public async Task Run_StoppedDuringATransaction_WaitsForItsEnd()
    {
        await StartAsync("a");
        TaskCompletionSource gate = new();
        _backend.Gates.Enqueue(gate.Task);
        _ = _controller.PostAsync(Of("b"));
        await Eventually.Equal(2, () => _backend.Applied.Count);
        await _stop.CancelAsync();
        Assert.False(_run.IsCompleted);
        gate.SetResult();
        await _run.Within();
        Assert.Equal(["b"], _backend.Kernel);
    }

    [Fact]
    public async Task Run_AbortedDuringATransaction_Ends()
    {
        await StartAsync("a");
        _backend.Gates.Enqueue(new TaskCompletionSource().Task);
        _ = _controller.PostAsync(Of("b"));
        await Eventually.Equal(2, () => _backend.Applied.Count);
        await _stop.CancelAsync();
        await _abort.CancelAsync();
        await _run.Within();
    }

    [Fact]
    public async Task Post_Awaited_CompletesWhenItWasTriedWhateverCameOfIt()
    {
        await StartAsync("a");
        _backend.Failures.Enqueue("ip: busy");
        await _controller.PostAsync(Of("b")).Within();
        Assert.Equal("full a, partial b", Applied());
        Task second = _controller.PostAsync(Of("c"));
        await Eventually.Equal(true, () => Advanced(second.IsCompleted));
        Assert.Equal(["c"], _backend.Kernel);
    }

    [Fact]
    public async Task Withdraw_LeavesNoServiceInForce()
    {
        await StartAsync("a", "b");
        await _stop.CancelAsync();
        await _run.Within();
        await _controller.WithdrawAsync(CancellationToken.None);
        Assert.Equal([], _backend.Kernel);
    }

    private static SourceSnapshot Of(params string[] names) => new(new ServiceTable([.. names.Select(Service).OrderBy(s => s.Key)]), []);

    private static ServiceEntry Service(string name) => new()
    {
        Key = new ServicePortKey("default", name, "", ServiceProtocol.Tcp),
        Frontends = [new FrontendEntry(IPEndPoint.Parse("10.96.0.1:80"), FrontendKind.ClusterIP)],
        Endpoints = [],
    };

    /// <summary>Somebody else was busy once; the next attempt waits.</summary>
    private async Task<Task> BeginSecondAttemptAsync(Task gate)
    {
        _backend.IsBusy = true;
        _backend.Failures.Enqueue("the lock is held");
        _backend.Gates.Enqueue(Task.CompletedTask);
        _backend.Gates.Enqueue(gate);
        Task first = _controller.ApplyFirstAsync(Of("a"), _stop.Token, _abort.Token);
        await Eventually.Equal(2, () => Advanced(_backend.Applied.Count));
        return first;
    }

    private string Applied() => string.Join(", ", _backend.Applied);

    private async Task StartAsync(params string[] names)
    {
        await _controller.ApplyFirstAsync(Of(names), _stop.Token, _abort.Token);
        _run = _controller.RunAsync(_stop.Token, _abort.Token);
    }

    /// <summary>Lets the next timer fire, and says what was seen before.</summary>
    private T Advanced<T>(T seen, TimeSpan? by = null)
    {
        _time.Advance(by ?? TimeSpan.FromSeconds(1));
        return seen;
    }
}
