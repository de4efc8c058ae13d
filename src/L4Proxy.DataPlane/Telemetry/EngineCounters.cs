namespace L4Proxy.DataPlane.Telemetry;

/// <summary>What an engine counts for the whole process. Rare events only: shared by all loops.</summary>
public sealed class EngineCounters
{
    private long _acceptPauses;
    private long _acceptErrors;
    private long _refusedWhileExhausted;
    private long _localPortFailures;
    private long _splicedBytes;

    /// <summary>Times that accepting paused: descriptors ran out or a connection limit was reached.</summary>
    public long AcceptPauses => Volatile.Read(ref _acceptPauses);

    /// <summary>accept(2) calls that failed for any reason but an empty queue.</summary>
    public long AcceptErrors => Volatile.Read(ref _acceptErrors);

    /// <summary>Clients that were reset with the spare descriptor after waiting too long for a free one.</summary>
    public long RefusedWhileExhausted => Volatile.Read(ref _refusedWhileExhausted);

    /// <summary>Dials that failed for want of a local port (EADDRNOTAVAIL).</summary>
    public long LocalPortFailures => Volatile.Read(ref _localPortFailures);

    /// <summary>Bytes that were moved by splice(2).</summary>
    public long SplicedBytes => Volatile.Read(ref _splicedBytes);

    internal void CountAcceptPause() => Interlocked.Increment(ref _acceptPauses);

    internal void CountAcceptError() => Interlocked.Increment(ref _acceptErrors);

    internal void CountRefusedWhileExhausted() => Interlocked.Increment(ref _refusedWhileExhausted);

    internal void CountLocalPortFailure() => Interlocked.Increment(ref _localPortFailures);

    internal void AddSplicedBytes(long count) => Interlocked.Add(ref _splicedBytes, count);
}
