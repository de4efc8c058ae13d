namespace L4Proxy.DataPlane.Telemetry;

/// <summary>Counters of a Service port, or of all, added up over the event loops at one moment.</summary>
public readonly record struct TrafficTotals
{
    public long Accepted { get; init; }

    public long Closed { get; init; }

    public long UpReceived { get; init; }

    public long UpSent { get; init; }

    public long DownReceived { get; init; }

    public long DownSent { get; init; }

    public long Discarded { get; init; }

    public long Retries { get; init; }

    /// <summary>Bytes of PROXY headers read from clients: beside <see cref="UpReceived"/>.</summary>
    public long HeadersReceived { get; init; }

    /// <summary>Bytes of PROXY headers written to endpoints: beside <see cref="UpSent"/>.</summary>
    public long HeadersSent { get; init; }

    /// <summary>Connections open at that moment.</summary>
    public long Live => Accepted - Closed;

    /// <summary>Bytes read and not yet written: zero when nothing is open.</summary>
    public long Pending => UpReceived + DownReceived - UpSent - DownSent - Discarded;

    public static TrafficTotals operator +(TrafficTotals left, TrafficTotals right) => new()
    {
        Accepted = left.Accepted + right.Accepted,
        Closed = left.Closed + right.Closed,
        UpReceived = left.UpReceived + right.UpReceived,
        UpSent = left.UpSent + right.UpSent,
        DownReceived = left.DownReceived + right.DownReceived,
        DownSent = left.DownSent + right.DownSent,
        Discarded = left.Discarded + right.Discarded,
        Retries = left.Retries + right.Retries,
        HeadersReceived = left.HeadersReceived + right.HeadersReceived,
        HeadersSent = left.HeadersSent + right.HeadersSent,
    };

    public static TrafficTotals Add(TrafficTotals left, TrafficTotals right) => left + right;
}
