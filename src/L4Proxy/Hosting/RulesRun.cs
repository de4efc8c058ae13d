using System.Collections.Immutable;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Conntrack;
using L4Proxy.ControlPlane.KernelRules.Life;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Hosting;

/// <summary>Rules in the kernel from the start of a run to its end.</summary>
internal sealed class RulesRun : IAsyncDisposable
{
    /// <summary>
    /// The end of a process has to end: far beyond what tools take, and as long as kubelet waits after SIGTERM unless told otherwise
    /// (terminationGracePeriodSeconds).
    /// </summary>
    private static readonly TimeSpan s_longestEnd = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Leading new clients elsewhere is one transaction, which takes a second where there are 10,000 Services; a tool that hangs must leave
    /// time for the drain and the removal.
    /// </summary>
    private static readonly TimeSpan s_longestWithdrawal = TimeSpan.FromSeconds(10);

    private readonly RulesSettings _settings;
    private readonly IRulesBackends _backends;
    private readonly RulesSession _session;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private RulesController? _controller;
    private RulesLeftovers? _leftovers;
    private bool _ended;

    private RulesRun(RulesSettings settings, IRulesBackends backends, RulesSession session, ILoggerFactory loggers)
    {
        _settings = settings;
        _backends = backends;
        _session = session;
        _loggers = loggers;
        _logger = loggers.CreateLogger<RulesRun>();
    }

    /// <summary>What kube-proxy would answer at <c>/proxyMode</c>.</summary>
    public string Mode => _session.Kind switch
    {
        RulesBackendKind.Nftables => "nftables",
        RulesBackendKind.Iptables => "iptables",
        RulesBackendKind.Ipvs => "ipvs",
        _ => "userspace",
    };

    /// <summary>The backend's name in logs and metrics.</summary>
    public string Backend => _session.Backend.Name;

    /// <summary>Whether the kernel carries the connections, and this process none.</summary>
    public bool Balances => _session.Kind is RulesBackendKind.Nftables or RulesBackendKind.Iptables or RulesBackendKind.Ipvs;

    /// <summary>Whether addresses can be listened on only after the kernel was told: routes make them this host's own.</summary>
    public bool ComesFirst => _session.Kind == RulesBackendKind.LocalRoutes;

    /// <summary>Takes hold of the rules of this network namespace; null, with a logged line for each reason, when that cannot be.</summary>
    public static async Task<RulesRun?> OpenAsync(
        RulesSettings settings, RulesBackendKind kind, ILoggerFactory loggers, CancellationToken cancellation)
    {
        ILogger logger = loggers.CreateLogger<RulesRun>();
        if (settings.Options.TransparentSource && TransparentProbe.WhyNot() is { } reason)
        {
            HostLog.CannotRun(logger, reason);
            return null;
        }

        IRulesBackends backends = settings.BackendsWith(loggers);
        (RulesSession? session, ImmutableArray<string> lacks) = await RulesSession.OpenAsync(
            backends, kind, settings.Fallback, logger, cancellation, settings.LockName);
        foreach (string lack in lacks)
        {
            HostLog.CannotRun(logger, lack);
        }

        return session is null ? null : new RulesRun(settings, backends, session, loggers);
    }

    /// <summary>Removes what was left behind by other modes, where this process may and nobody else programs rules.</summary>
    /// <param name="settings">Of a run that tells the kernel nothing.</param>
    /// <param name="loggers">Where it says what was removed.</param>
    /// <param name="stop">Ends it when a tool has ended.</param>
    /// <param name="abort">Ends the tool, too.</param>
    public static async Task RemoveLeftoversAsync(RulesSettings settings, ILoggerFactory loggers, CancellationToken stop, CancellationToken abort)
    {
        ILogger logger = loggers.CreateLogger<RulesRun>();
        if (Capabilities.MayAdministerNetwork())
        {
            using RulesLock? held = RulesLock.TryTake(settings.LockName);
            if (held is null)
            {
                HostLog.RulesLeftAlone(logger, RulesLock.Held);
                return;
            }

            await new RulesLeftovers(settings.BackendsWith(loggers), kept: null, observer: null, logger).RemoveAsync(stop, abort);
        }
    }

    /// <summary>What of a snapshot the data plane serves.</summary>
    public ServiceTable Served(SourceSnapshot snapshot) => Balances ? ServiceTable.Empty : snapshot.Table;

    /// <summary>Puts the first snapshot in force; of what other modes left behind only that goes before which would be in its way.</summary>
    /// <param name="first">The first one.</param>
    /// <param name="observer">Told what becomes of snapshots.</param>
    /// <param name="stop">Ends the waiting for somebody else who has a lock.</param>
    /// <param name="hurry">Ends a transaction that is under way, too.</param>
    /// <exception cref="RulesException">It is not in force.</exception>
    public async Task StartAsync(SourceSnapshot first, IRulesObserver observer, CancellationToken stop, CancellationToken hurry)
    {
        _leftovers = new RulesLeftovers(_backends, _session.Kind, observer, _logger);
        await _leftovers.RemoveBeforeAsync(stop, hurry);
        ConntrackCleaner? flows = Balances ? new ConntrackCleaner(_settings.Tools, _loggers.CreateLogger<ConntrackCleaner>()) : null;
        _controller = new RulesController(
            _session.Backend, new RulesModel(_settings.Options), flows, _settings.SyncPeriod, TimeProvider.System, observer, _logger);
        await _controller.ApplyFirstAsync(first, stop, hurry);
    }

    /// <summary>What was started serves: removes what other modes left behind. May run beside <see cref="FollowAsync"/>, with which it shares nothing.</summary>
    /// <param name="stop">Ends it when a tool has ended.</param>
    /// <param name="hurry">Ends the tool, too.</param>
    public Task SettleAsync(CancellationToken stop, CancellationToken hurry) => _leftovers!.RemoveAfterAsync(stop, hurry);

    /// <summary>A newer snapshot; the task completes when it was tried, and need not be waited for.</summary>
    public Task PostAsync(SourceSnapshot snapshot) => _controller!.PostAsync(snapshot);

    /// <summary>Keeps rules in force until <paramref name="stop"/>.</summary>
    /// <param name="stop">Ends it.</param>
    /// <param name="hurry">Ends a transaction that is under way, too.</param>
    public Task FollowAsync(CancellationToken stop, CancellationToken hurry) => _controller!.RunAsync(stop, hurry);

    /// <summary>
    /// Live connections are about to be waited for: rules lead no new ones here any more. Routes stay until the end, because without them
    /// the answers of live connections would have no address to come from.
    /// </summary>
    /// <param name="hurry">Nothing is waited for any more, and all is about to be removed: begins no further attempt.</param>
    public async Task BeginDrainAsync(CancellationToken hurry)
    {
        if (_settings.Keep || Balances || ComesFirst || _controller is null)
        {
            return;
        }

        try
        {
            await LastAsync(WithdrawAsync, s_longestWithdrawal, hurry);
        }
        catch (RulesException e)
        {
            HostLog.NotWithdrawn(_logger, Backend, e.Message);
        }
        catch (OperationCanceledException) when (hurry.IsCancellationRequested)
        {
            // The removal does it.
        }
    }

    /// <summary>Removes the rules unless they are to stay; the same as <see cref="DisposeAsync"/>, which does it in any case.</summary>
    public async Task EndAsync()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        if (_settings.Keep)
        {
            if (_controller is not null)
            {
                HostLog.RulesKept(_logger, Backend);
            }

            return;
        }

        try
        {
            await LastAsync(_session.Backend.CleanUpAsync, s_longestEnd, CancellationToken.None);
            HostLog.RulesRemoved(_logger, Backend);
        }
        catch (RulesException e)
        {
            HostLog.RulesNotRemoved(_logger, Backend, e.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await _session.DisposeAsync();
    }

    private async Task<bool> WithdrawAsync(CancellationToken cancellation)
    {
        await _controller!.WithdrawAsync(cancellation);
        return true;
    }

    /// <summary>Does one of the last things of a run, again where somebody else is busy, within a limit.</summary>
    /// <exception cref="RulesException">It did not work, or not in time.</exception>
    private async Task LastAsync(Func<CancellationToken, Task<bool>> step, TimeSpan longest, CancellationToken stop)
    {
        using CancellationTokenSource limit = new(longest);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            await BusyRetry.RunAsync(step, longest, Backend, TimeProvider.System, _logger, either.Token, limit.Token);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested)
        {
            throw new RulesException($"it was not done within {longest.TotalSeconds} s", e);
        }
    }
}
