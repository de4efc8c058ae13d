using System.Collections.Immutable;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Health;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.DataPlane;

/// <summary>
/// The data plane as its owner sees it: give it a table, it serves it. Keeps what outlives a snapshot
/// (listeners, Service and endpoint states) and gives it to the next one.
/// </summary>
public sealed class ProxyServer : IAsyncDisposable
{
    /// <summary>How often frontends that could not be bound are tried again.</summary>
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _gate = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _retry;
    private readonly ActiveHealthChecker _health;
    private readonly ServedTable _table;
    private bool _retryArmed;
    private bool _stopped;

    public ProxyServer(IProxyEngine engine, TimeProvider time, ILoggerFactory loggers)
    {
        Engine = engine;
        _time = time;
        _log = loggers.CreateLogger("L4Proxy.Server");
        _health = new ActiveHealthChecker(time, loggers.CreateLogger<ActiveHealthChecker>());
        _table = new ServedTable(new ServingContext(engine, new InsideState(), new CaptureIndex(), time, _stopping.Token), _health);
        _retry = time.CreateTimer(_ => RetryFailed(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public IProxyEngine Engine { get; }

    /// <summary>States of all Service ports in force.</summary>
    public ImmutableArray<ServiceState> Services => _table.States;

    /// <summary>All frontends in force, those that could not be bound included. Gathered at each call.</summary>
    public ImmutableArray<ListenerStatus> Listeners => _table.Listeners();

    /// <summary>
    /// Puts a table in force. What is the same in the old and the new table (listeners, affinity, counters,
    /// connections) is not touched, and an entry that is the same object is not even looked at. A frontend that cannot
    /// be bound is reported, tried again every two seconds in the background, and keeps nothing else from being
    /// served. Calls are serialised.
    /// </summary>
    /// <exception cref="ArgumentException">The table is not ordered by key, or has a key twice; nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">The server was stopped.</exception>
    public async Task<ApplyResult> ApplyAsync(ServiceTable table)
    {
        await _gate.WaitAsync();
        try
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            return await _table.ApplyAsync(table);
        }
        finally
        {
            PlanRetry();
            _gate.Release();
        }
    }

    /// <summary>
    /// Closes all listeners, waits for live connections, resets what is left after <paramref name="drainTimeout"/>
    /// or when <paramref name="hurry"/> is cancelled. Returns how many were reset.
    /// </summary>
    public async Task<int> StopAsync(TimeSpan drainTimeout, CancellationToken hurry)
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            _stopped = true;
            await _stopping.CancelAsync();
            await _retry.DisposeAsync();
            _health.Dispose();
            await _table.CloseAsync();
        }
        finally
        {
            _gate.Release();
        }

        using CancellationTokenSource cut = new(drainTimeout, _time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cut.Token, hurry);
        return await Engine.DrainAsync(either.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero, new CancellationToken(canceled: true));
        await Engine.DisposeAsync();
        _stopping.Dispose();
        _gate.Dispose();
    }

    /// <summary>Tables that follow one another closely do not put the retry off.</summary>
    private void PlanRetry()
    {
        if (!_stopped && !_retryArmed && _table.HasFailed)
        {
            _retryArmed = true;
            _retry.Change(s_retryInterval, Timeout.InfiniteTimeSpan);
        }
    }

    private void RetryFailed()
    {
        if (!_gate.Wait(0))
        {
            // A table is being applied, or the server stops and then the timer is gone.
            _retry.Change(s_retryInterval, Timeout.InfiniteTimeSpan);
            return;
        }

        try
        {
            _retryArmed = false;
            if (_stopped)
            {
                return;
            }

            foreach (ListenerStatus status in _table.Retry())
            {
                ServerLog.ListenRecovered(_log, status.Service, status.LocalEndPoint!);
            }
        }
        finally
        {
            PlanRetry();
            _gate.Release();
        }
    }
}
