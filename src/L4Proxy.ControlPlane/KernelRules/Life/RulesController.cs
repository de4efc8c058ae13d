using System.Threading.Channels;
using L4Proxy.ControlPlane.KernelRules.Conntrack;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Life;

/// <summary>
/// Keeps one backend's rules in force: applies the newest snapshot, tries again what failed, writes all anew from time to time, and
/// restores what somebody else removed. One transaction at a time; a snapshot that comes during one replaces those that wait.
/// </summary>
public sealed class RulesController
{
    private readonly IRulesBackend _backend;
    private readonly RulesModel _model;
    private readonly ConntrackCleaner? _flows;
    private readonly TimeProvider _time;
    private readonly IRulesObserver _observer;
    private readonly ILogger _logger;
    private readonly RulesSchedule _schedule;
    private readonly RulesFailures _failures;
    private readonly Lock _gate = new();
    private readonly Channel<bool> _wake =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private SourceSnapshot? _waiting;
    private TaskCompletionSource _tried = NewTried();
    private SourceSnapshot _current = new(ServiceTable.Empty, []);
    private RulesState? _inForce;
    private bool _suspicious;
    private bool _lost;

    /// <param name="backend">Stays the caller's to dispose of.</param>
    /// <param name="model">Makes states of snapshots.</param>
    /// <param name="flows">Forgets flows of UDP that changes made stale; null where the kernel leads none to endpoints.</param>
    /// <param name="syncPeriod">Time between two full applications: more than 0.</param>
    /// <param name="time">Clock.</param>
    /// <param name="observer">Told what becomes of each snapshot.</param>
    /// <param name="logger">For failures and losses.</param>
    public RulesController(
        IRulesBackend backend, RulesModel model, ConntrackCleaner? flows, TimeSpan syncPeriod, TimeProvider time, IRulesObserver observer, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(syncPeriod, TimeSpan.Zero);
        _backend = backend;
        _model = model;
        _flows = flows;
        _time = time;
        _observer = observer;
        _logger = logger;
        _schedule = new RulesSchedule(time, syncPeriod);
        _failures = new RulesFailures(logger, backend.Name);
    }

    /// <summary>Puts the first snapshot in force; when somebody else is busy, it is tried again for a minute.</summary>
    /// <param name="snapshot">The first one.</param>
    /// <param name="stop">Ends the waiting for somebody else.</param>
    /// <param name="abort">Ends the transaction that is under way, too.</param>
    /// <exception cref="RulesException">It is not in force.</exception>
    public async Task ApplyFirstAsync(SourceSnapshot snapshot, CancellationToken stop, CancellationToken abort)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        _current = snapshot;
        await BusyRetry.RunAsync(TryFirstAsync, BusyRetry.Longest, _backend.Name, _time, _logger, stop, abort);
    }

    /// <summary>A newer snapshot; never blocks.</summary>
    /// <returns>Completes when it, or one that replaced it, was put in force or failed to be for the first time; never after the end of <see cref="RunAsync"/>.</returns>
    public Task PostAsync(SourceSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        Task tried;
        lock (_gate)
        {
            tried = _tried.Task;
            _waiting = _waiting is null ? snapshot : snapshot with { Changes = _waiting.Changes.Then(snapshot.Changes) };
        }

        _observer.Queued();
        _wake.Writer.TryWrite(true);
        return tried;
    }

    /// <summary>Keeps rules in force until it is told to stop; a transaction that is under way then is waited for.</summary>
    /// <param name="stop">Ends it.</param>
    /// <param name="abort">Ends the transaction that is under way, too.</param>
    public async Task RunAsync(CancellationToken stop, CancellationToken abort)
    {
        Task watch = new RemovalNews(_backend, _time, _logger).FollowAsync(Suspect, stop);
        try
        {
            while (!stop.IsCancellationRequested)
            {
                if (watch.IsFaulted)
                {
                    await watch;
                }

                TakeNews();
                (RulesWork work, TimeSpan wait) = _schedule.Next();
                if (wait > TimeSpan.Zero)
                {
                    await SleepAsync(wait, stop);
                }
                else
                {
                    await DoAsync(work, abort);
                }
            }
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            // The backend writes all rules anew the next time.
        }

        await watch;
    }

    /// <summary>Takes all Services out of force: new clients are not led here any more.</summary>
    /// <exception cref="RulesException">It did not work.</exception>
    public Task WithdrawAsync(CancellationToken cancellation) =>
        _backend.ApplyAsync(_model.Of(_current with { Table = ServiceTable.Empty }), full: false, cancellation);

    private async Task<bool> TryFirstAsync(CancellationToken cancellation)
    {
        try
        {
            await TransactAsync(full: true, cancellation);
            return true;
        }
        catch (RulesException)
        {
            _observer.Failed(full: true);
            throw;
        }
    }

    private async Task DoAsync(RulesWork work, CancellationToken abort)
    {
        if (work == RulesWork.Check)
        {
            await CheckAsync(abort);
            return;
        }

        TaskCompletionSource tried = Take();
        bool full = work == RulesWork.ApplyFully;
        try
        {
            await TransactAsync(full, abort);
        }
        catch (RulesException e)
        {
            _schedule.Failed();
            _observer.Failed(full);
            _failures.Failed(e.Message);
        }

        tried.TrySetResult();
    }

    private async Task TransactAsync(bool full, CancellationToken cancellation)
    {
        _observer.Applying(_current);
        long start = _time.GetTimestamp();
        RulesState state = _model.Of(_current);
        await _backend.ApplyAsync(state, full, cancellation);
        TimeSpan took = _time.GetElapsedTime(start);
        RulesLog.Applied(_logger, _backend.Name, _current.Table.Services.Length, took.TotalMilliseconds, full ? ", all of them" : "");
        _failures.Succeeded(_schedule.Failures);
        _schedule.Applied(full, took);
        await _observer.AppliedAsync(_current, full, took, _backend.Counts);
        _current = _current with { Changes = SnapshotChanges.None };
        if (_lost)
        {
            _lost = false;
            _observer.Restored();
        }

        // Only now: a datagram that came between would bring the flow back by the old rules.
        RulesState? before = _inForce;
        _inForce = state;
        await (_flows?.CleanAsync(before, state, cancellation) ?? Task.CompletedTask);
    }

    private async Task CheckAsync(CancellationToken abort)
    {
        if (await IsIntactAsync(abort))
        {
            _schedule.Checked();
            return;
        }

        _schedule.Checked();
        _schedule.Lost();
    }

    /// <summary>Rules that cannot be looked at are written anew: that they can be written is then seen, or reported.</summary>
    private async Task<bool> IsIntactAsync(CancellationToken abort)
    {
        try
        {
            if (await _backend.IsIntactAsync(abort))
            {
                return true;
            }

            RulesLog.Lost(_logger, _backend.Name);
            _lost = true;
        }
        catch (RulesException e)
        {
            RulesLog.Unseen(_logger, _backend.Name, e.Message);
        }

        return false;
    }

    /// <summary>The newest snapshot becomes the current one; what led to those before it that were not in force counts, too.</summary>
    private TaskCompletionSource Take()
    {
        TaskCompletionSource tried;
        lock (_gate)
        {
            tried = _tried;
            _tried = NewTried();
            _current = _waiting is null ? _current : _waiting with { Changes = _current.Changes.Then(_waiting.Changes) };
            _waiting = null;
        }

        _schedule.Take();
        return tried;
    }

    private void TakeNews()
    {
        while (_wake.Reader.TryRead(out _))
        {
        }

        lock (_gate)
        {
            if (_waiting is not null)
            {
                _schedule.Changed();
            }

            if (_suspicious)
            {
                _suspicious = false;
                _schedule.Suspect();
            }
        }
    }

    private static TaskCompletionSource NewTried() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task SleepAsync(TimeSpan wait, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task timer = Task.Delay(wait, _time, either.Token);
        await Task.WhenAny(timer, _wake.Reader.WaitToReadAsync(either.Token).AsTask());
        await either.CancelAsync();
    }

    private void Suspect()
    {
        lock (_gate)
        {
            _suspicious = true;
        }

        _wake.Writer.TryWrite(true);
    }
}
