using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Load;

/// <summary>What a run of the load generator saw while it counted.</summary>
internal sealed record LoadResult
{
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
    /// From when each operation was to start; null in the closed model, where that is when it did. Operations that were due and not over at the
    /// end are in it with the time that they had waited: to leave them out would hide a server that stalls.
    /// </summary>
    public LatencyHistogram? Response { get; init; }

    /// <summary>From the start of an operation to the first byte of its answer.</summary>
    public required LatencyHistogram FirstByte { get; init; }

    public required ImmutableDictionary<LoadError, long> Errors { get; init; }

    /// <summary>CPU time of the generator's threads, so that it is never the unseen bottleneck.</summary>
    public required TimeSpan ProcessorTime { get; init; }

    /// <summary>
    /// What the generator's threads allocated on the managed heap while they counted: next to nothing, so that no collection is the unseen cause
    /// of a slow answer.
    /// </summary>
    public long AllocatedBytes { get; init; }

    /// <summary>Operations that began over a millisecond after they were to, because all connections were busy or the generator was late.</summary>
    public long Late { get; init; }

    /// <summary>The rate that was asked for; null in the closed model.</summary>
    public double? AskedRate { get; init; }

    public double OperationsPerSecond => Operations / Elapsed.TotalSeconds;

    /// <summary>Whether less than 98 % of the asked rate was reached.</summary>
    public bool IsSaturated => AskedRate is { } asked && OperationsPerSecond < 0.98 * asked;
}
