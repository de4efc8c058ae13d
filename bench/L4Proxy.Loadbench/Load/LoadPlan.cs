using System.Collections.Immutable;
using System.Net;

namespace L4Proxy.Loadbench.Load;

/// <summary>What a run of the load generator does.</summary>
internal sealed record LoadPlan
{
    /// <summary>Share of its time on a processor above which a thread is taken for the bottleneck: the rest goes to waking up and to others.</summary>
    public const double Bound = 0.9;

    public required LoadKind Kind { get; init; }

    /// <summary>Where connections go, in turn.</summary>
    public required ImmutableArray<IPEndPoint> Targets { get; init; }

    /// <summary>Connections at a time: 1 or more.</summary>
    public required int Connections { get; init; }

    /// <summary>What is sent in each exchange, and how its answer ends.</summary>
    public required ExchangePlan Exchange { get; init; }

    /// <summary>
    /// Operations asked for in each second, evenly spaced (open model: an operation that finds all connections busy waits for one, and its
    /// latency counts from when it was to start); null for as many as will go (closed model).
    /// </summary>
    public double? Rate { get; init; }

    /// <summary>Where the rate goes to, evenly, over <see cref="Duration"/>; null where it stays. Needs a <see cref="Rate"/>.</summary>
    public double? RampTo { get; init; }

    /// <summary>
    /// Load before anything counts. For connections that stay it begins when each of them has been opened, or has failed to.
    /// </summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Load that counts; of <see cref="LoadKind.Hold"/> how long connections are kept after the last has been opened.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>An exchange or a connect that takes longer is an error.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long what is under way at the end may still take. Nothing begins meanwhile, and it ends as soon as nothing is under way. What is not
    /// over then has stalled, which is an error: with a long <see cref="Timeout"/>, nothing else would tell.
    /// </summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Threads, each with its share of connections and of the rate.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Ends the load before its time, and well: the result covers what was counted until then.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Called by the generator when the warm-up ends and what follows counts: counters of others are read there.</summary>
    public Action? Begun { get; init; }

    /// <summary>Called when nothing counts any more, and before any connection is closed.</summary>
    public Action? Ended { get; init; }
}
