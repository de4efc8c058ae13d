using L4Proxy.DataPlane.Balancing;
using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.DataPlane.Services;

/// <summary>
/// What is remembered about one Service port while it lives in the table. Listeners hold this object; the
/// snapshot it currently stands for is swapped by reference (<see cref="Rebind"/>).
/// </summary>
public sealed class ServiceState
{
    private readonly TrafficCounters?[] _counters;
    private volatile BoundService _current;
    private int _active;

    /// <summary>A Service port that has just appeared.</summary>
    /// <param name="entry">The first snapshot.</param>
    /// <param name="counterSlots">How many writers count apart: one for each event loop, 1 for an engine without.</param>
    internal ServiceState(ServiceEntry entry, int counterSlots)
    {
        _current = ServiceBinder.Bind(entry, previous: null, out _);
        _counters = new TrafficCounters?[counterSlots];
    }

    public ServicePortKey Key => _current.Entry.Key;

    /// <summary>What is in force: read it once per decision.</summary>
    internal BoundService Current => _current;

    /// <summary>The entry in force.</summary>
    public ServiceEntry Entry => _current.Entry;

    /// <summary>States of the endpoints in force that are usable for any client.</summary>
    public IReadOnlyList<EndpointState> Endpoints => _current.Usable;

    /// <summary>Whether an endpoint that could get connections is ejected or unhealthy. Answers without looking at each.</summary>
    public bool HasUnavailable => _current.HasUnavailable;

    /// <summary>Guards ejection marks, health and the rebuild of <see cref="Current"/>; never held while anything waits.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>
    /// When an ejected endpoint of these clients is to be tried again, monotonic milliseconds; <see cref="long.MaxValue"/>
    /// when none is.
    /// </summary>
    internal long NextTrialMs(EndpointScope scope, bool isIPv4) => _current.In(scope, isIPv4).Pool.State.NextTrialMs;

    /// <summary>
    /// Puts a new entry of the same key in force. Endpoints whose address stays keep their state (connections,
    /// counters, ejection), clients their pins. An endpoint that left gets no connection from here on; those are returned.
    /// </summary>
    internal IReadOnlyList<EndpointState> Rebind(ServiceEntry entry)
    {
        lock (Gate)
        {
            if (ReferenceEquals(entry, _current.Entry))
            {
                return [];
            }

            _current = ServiceBinder.Bind(entry, _current, out IReadOnlyList<EndpointState> departed);
            PlanTrials();
            return departed;
        }
    }

    /// <summary>
    /// The active health check's verdict on an endpoint. One that becomes healthy is no longer ejected either: the
    /// check has just connected to it.
    /// </summary>
    internal void SetHealthy(EndpointState endpoint, bool healthy)
    {
        lock (Gate)
        {
            // A verdict may arrive after the check was turned off.
            if (endpoint.Healthy == healthy || !Entry.Options.HealthCheck.Enabled)
            {
                return;
            }

            endpoint.Healthy = healthy;
            if (healthy)
            {
                endpoint.ClearMarks();
            }

            RebuildPool();
        }
    }

    /// <summary>Follows a change of health or ejection marks; the caller holds <see cref="Gate"/>.</summary>
    internal void RebuildPool()
    {
        _current = _current.WithCurrentPools();
        PlanTrials();
    }

    /// <summary>Follows a change of when ejected endpoints are to be tried; the caller holds <see cref="Gate"/>.</summary>
    internal void PlanTrials() => _current.PlanTrials();

    /// <summary>Connections open now, on all loops; kept exact because limits depend on it.</summary>
    public int Active => Volatile.Read(ref _active);

    internal int Enter() => Interlocked.Increment(ref _active);

    internal int Leave() => Interlocked.Decrement(ref _active);

    /// <summary>The counters of one writer, made when it first asks.</summary>
    internal TrafficCounters CountersFor(int slot) =>
        Volatile.Read(ref _counters[slot])
        ?? Interlocked.CompareExchange(ref _counters[slot], new TrafficCounters(), null)
        ?? _counters[slot]!;

    /// <summary>Sum over all loops.</summary>
    public TrafficTotals Totals()
    {
        TrafficTotals sum = default;
        for (int i = 0; i < _counters.Length; i++)
        {
            if (Volatile.Read(ref _counters[i]) is { } c)
            {
                // Closed is read before Accepted, so that Live is never negative.
                long closed = c.Closed;
                sum += new TrafficTotals
                {
                    Closed = closed,
                    Accepted = c.Accepted,
                    UpReceived = c.UpReceived,
                    UpSent = c.UpSent,
                    DownReceived = c.DownReceived,
                    DownSent = c.DownSent,
                    Discarded = c.Discarded,
                    Retries = c.Retries,
                    HeadersReceived = c.HeadersReceived,
                    HeadersSent = c.HeadersSent,
                };
            }
        }

        return sum;
    }

    /// <summary>Connections that ended for a reason, on all loops.</summary>
    public long ClosedFor(CloseReason reason)
    {
        long sum = 0;
        for (int i = 0; i < _counters.Length; i++)
        {
            sum += Volatile.Read(ref _counters[i])?.ClosedFor(reason) ?? 0;
        }

        return sum;
    }
}
