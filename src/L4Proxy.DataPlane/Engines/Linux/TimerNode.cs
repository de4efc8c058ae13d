namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>Something that waits in a <see cref="TimerWheel"/>: its links are part of itself, so arming allocates nothing.</summary>
internal abstract class TimerNode
{
    internal TimerNode? Next;
    internal TimerNode? Previous;
    internal int Bucket = TimerWheel.Unarmed;

    /// <summary>When it is due, in milliseconds of the loop's clock. Meaningful while armed.</summary>
    internal long DueMs;

    /// <summary>Its time has come; it is no longer armed and may be armed again.</summary>
    internal abstract void Expire(long nowMs);
}
