using System.Collections.Immutable;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.DataPlane;

/// <summary>
/// The data plane as its owner sees it: give it a table, it serves it. Keeps what outlives a snapshot
/// (listeners, Service and endpoint states) and gives it to the next one.
/// </summary>
public sealed class ProxyServer : IAsyncDisposable
{
    public ProxyServer(IProxyEngine engine, TimeProvider time, ILoggerFactory loggers)
    {
        Engine = engine;
        _ = time;
        _ = loggers;
    }

    public IProxyEngine Engine { get; }

    /// <summary>States of all Service ports in force.</summary>
    public ImmutableArray<ServiceState> Services { get; } = [];

    /// <summary>All frontends in force, those that could not be bound included.</summary>
    public ImmutableArray<ListenerStatus> Listeners { get; } = [];

    /// <summary>
    /// Puts a table in force. What is the same in the old and the new table (listeners, affinity, counters,
    /// connections) is not touched. A frontend that cannot be bound is reported, tried again every two seconds
    /// in the background, and keeps nothing else from being served. Calls are serialised.
    /// </summary>
    public ApplyResult Apply(ServiceTable table) => throw new NotSupportedException();

    /// <summary>
    /// Closes all listeners, waits for live connections, resets what is left after <paramref name="drainTimeout"/>
    /// or when <paramref name="hurry"/> is cancelled. Returns how many were reset.
    /// </summary>
    public Task<int> StopAsync(TimeSpan drainTimeout, CancellationToken hurry) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}
