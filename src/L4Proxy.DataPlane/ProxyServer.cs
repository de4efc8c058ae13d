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
    private readonly Dictionary<ServicePortKey, ServedService> _served = [];
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _retry;
    private readonly ActiveHealthChecker _health;
    private ImmutableArray<ServiceState> _services = [];
    private ImmutableArray<ListenerStatus> _listeners = [];
    private bool _stopped;

    public ProxyServer(IProxyEngine engine, TimeProvider time, ILoggerFactory loggers)
    {
        Engine = engine;
        _time = time;
        _log = loggers.CreateLogger("L4Proxy.Server");
        _health = new ActiveHealthChecker(time, loggers.CreateLogger<ActiveHealthChecker>());
        _retry = time.CreateTimer(_ => RetryFailed(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public IProxyEngine Engine { get; }

    /// <summary>States of all Service ports in force.</summary>
    public ImmutableArray<ServiceState> Services => ImmutableInterlocked.InterlockedCompareExchange(ref _services, default, default);

    /// <summary>All frontends in force, those that could not be bound included.</summary>
    public ImmutableArray<ListenerStatus> Listeners => ImmutableInterlocked.InterlockedCompareExchange(ref _listeners, default, default);

    /// <summary>
    /// Puts a table in force. What is the same in the old and the new table (listeners, affinity, counters,
    /// connections) is not touched. A frontend that cannot be bound is reported, tried again every two seconds
    /// in the background, and keeps nothing else from being served. Calls are serialised.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The server was stopped.</exception>
    public async Task<ApplyResult> ApplyAsync(ServiceTable table)
    {
        await _gate.WaitAsync();
        try
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            ImmutableArray<string>.Builder notes = ImmutableArray.CreateBuilder<string>();
            ServiceEntry[] entries = [.. table.Services.Select(s => SelfReference.Exclude(s, notes))];
            Dictionary<ServicePortKey, ServiceEntry> wanted = entries.ToDictionary(e => e.Key);
            Rebind(wanted);
            await GiveUpAsync(wanted);
            Take(entries);
            Publish(table);
            return new ApplyResult(_listeners, notes.ToImmutable());
        }
        finally
        {
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
            await _retry.DisposeAsync();
            _health.Dispose();
            foreach (ServedService served in _served.Values)
            {
                await served.RetainAsync([]);
            }
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
        _gate.Dispose();
    }

    /// <summary>
    /// New endpoints and options take force first, before any slow system call: the swap of a reference per Service. A
    /// Service that is gone has no endpoints.
    /// </summary>
    private void Rebind(Dictionary<ServicePortKey, ServiceEntry> wanted)
    {
        foreach ((ServicePortKey key, ServedService served) in _served)
        {
            served.Rebind(Engine, wanted.GetValueOrDefault(key) ?? served.State.Entry with { Endpoints = [] });
        }
    }

    /// <summary>Listeners that nobody wants any more go before others come: an address may change hands.</summary>
    private async Task GiveUpAsync(Dictionary<ServicePortKey, ServiceEntry> wanted)
    {
        foreach ((ServicePortKey key, ServedService served) in _served.ToArray())
        {
            if (wanted.TryGetValue(key, out ServiceEntry? entry))
            {
                await served.RetainAsync(entry.Frontends);
            }
            else
            {
                await served.RetainAsync([]);
                _served.Remove(key);
            }
        }
    }

    private void Take(ServiceEntry[] entries)
    {
        foreach (ServiceEntry entry in entries)
        {
            if (!_served.TryGetValue(entry.Key, out ServedService? served))
            {
                served = new ServedService(new ServiceState(entry, Engine.CounterSlots), _time);
                _served.Add(entry.Key, served);
            }

            served.Listen(Engine, entry);
        }
    }

    private void Publish(ServiceTable table)
    {
        ServedService[] ordered = [.. table.Services.Select(s => _served[s.Key])];
        ImmutableInterlocked.InterlockedExchange(ref _services, [.. ordered.Select(s => s.State)]);
        _health.Update(_services);
        PublishListeners(ordered);
    }

    private void PublishListeners(IEnumerable<ServedService> ordered)
    {
        ImmutableInterlocked.InterlockedExchange(ref _listeners, [.. ordered.SelectMany(s => s.Status())]);
        bool failed = _listeners.Any(l => l.Error is not null);
        _retry.Change(failed ? s_retryInterval : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private void RetryFailed()
    {
        // A table that is being applied tries everything itself, and arms the timer again if need be.
        if (!_gate.Wait(0))
        {
            return;
        }

        try
        {
            if (_stopped)
            {
                return;
            }

            HashSet<FrontendEntry> failed = [.. _listeners.Where(l => l.Error is not null).Select(l => l.Frontend)];
            ServedService[] ordered = [.. _services.Select(s => _served[s.Key])];
            foreach (ServedService served in ordered.Where(s => s.Frontends.Any(f => failed.Contains(f.Entry))))
            {
                served.Listen(Engine);
            }

            PublishListeners(ordered);
            foreach (ListenerStatus status in _listeners.Where(l => l.Error is null && failed.Contains(l.Frontend)))
            {
                ServerLog.ListenRecovered(_log, status.Service, status.LocalEndPoint!);
            }
        }
        finally
        {
            _gate.Release();
        }
    }
}
