using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.DataPlane.Engines;

/// <summary>
/// Accepts, dials and relays. An engine decides nothing: which endpoint and when to give up is
/// <see cref="Dialing.DialSession"/>'s, what to serve is the caller's. Both engines pass one conformance suite.
/// </summary>
public interface IProxyEngine : IAsyncDisposable
{
    /// <summary><c>linux</c> or <c>portable</c>.</summary>
    string Name { get; }

    /// <summary>How many writers of <see cref="TrafficCounters"/> the engine has.</summary>
    int CounterSlots { get; }

    EngineCounters Counters { get; }

    /// <summary>Connections open now, over all Services, those that are being dialled included.</summary>
    int Live { get; }

    /// <summary>Binds the address of a frontend; the listener starts out stopped.</summary>
    /// <exception cref="ListenException">The address cannot be bound.</exception>
    IEngineListener Bind(FrontendState frontend);

    /// <summary>
    /// Resets the connections that an endpoint carries, with this reason. Returns at once; connections end on
    /// their own threads soon after.
    /// </summary>
    void ResetConnections(EndpointState endpoint, CloseReason reason);

    /// <summary>
    /// Waits until no connection is left, or until <paramref name="cut"/> is cancelled; then resets the rest and
    /// waits for their end. The caller has closed the listeners. Returns how many were reset.
    /// </summary>
    Task<int> DrainAsync(CancellationToken cut);
}
