using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Load;

/// <summary>What a run of the load generator saw while it counted.</summary>
internal sealed record LoadResult
{
    public LoadKind Kind { get; init; }

    /// <summary>Exchanges that ended well; of <see cref="LoadKind.Hold"/> connections that were open when counting began.</summary>
    public required long Operations { get; init; }

    public required long BytesSent { get; init; }

    public required long BytesReceived { get; init; }

    /// <summary>Time that counted, by the clock.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>
    /// From the actual start of each operation to the end of its answer, connecting included where that is part of it; of
    /// <see cref="LoadKind.Hold"/> the time to connect.
    /// </summary>
    public required LatencyHistogram Service { get; init; }

    /// <summary>
    /// From when each operation was to start; null in the closed model, where that is when it did. Operations that failed are in it with the time
    /// until they did, and those that were due and not over at the end with the time that they had waited: to leave them out would hide a server
    /// that stalls.
    /// </summary>
    public LatencyHistogram? Response { get; init; }

    /// <summary>
    /// From the start of an operation, the intended one where a rate was asked for, to the first byte of its answer; of operations that failed
    /// without one the time until they did.
    /// </summary>
    public required LatencyHistogram FirstByte { get; init; }

    public required ImmutableDictionary<LoadError, long> Errors { get; init; }

    /// <summary>CPU time of the generator's threads, so that it is never the unseen bottleneck.</summary>
    public required TimeSpan ProcessorTime { get; init; }

    /// <summary>Share of the time that counts for which the busiest thread of the generator was on a processor.</summary>
    public double BusiestThread { get; init; }

    /// <summary>Whether the generator had next to no time left: whoever uses most of a core is not on time, and asks for less than it could.</summary>
    public bool IsGeneratorBound => BusiestThread > LoadPlan.Bound;

    /// <summary>
    /// What the generator's threads allocated on the managed heap while they counted: next to nothing, so that no collection is the unseen cause
    /// of a slow answer.
    /// </summary>
    public long AllocatedBytes { get; init; }

    /// <summary>Operations that began over a millisecond after they were to, because all connections were busy or the generator was late.</summary>
    public long Late { get; init; }

    /// <summary>The rate that was asked for; null in the closed model.</summary>
    public double? AskedRate { get; init; }

    /// <summary>0 of <see cref="LoadKind.Hold"/>, which has no operations that follow each other.</summary>
    public double OperationsPerSecond => Kind == LoadKind.Hold ? 0 : Operations / Elapsed.TotalSeconds;

    /// <summary>Whether less than 98 % of the asked rate was reached.</summary>
    public bool IsSaturated => AskedRate is { } asked && OperationsPerSecond < 0.98 * asked;
}
