using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Dialing;

/// <summary><see cref="DialOptions"/> in milliseconds, as one search uses them.</summary>
internal readonly record struct DialTimes
{
    /// <summary>Far enough away, and still safe to add to a time.</summary>
    public const long Never = long.MaxValue / 2;

    public DialTimes(DialOptions options)
    {
        AttemptMs = Milliseconds(options.AttemptTimeout);
        HedgeMs = options.HedgeDelay > TimeSpan.Zero ? Milliseconds(options.HedgeDelay) : Never;
        TotalMs = Milliseconds(options.TotalTimeout);
    }

    /// <summary>How long one attempt may take.</summary>
    public long AttemptMs { get; }

    /// <summary>How long the last attempt is waited for before another starts beside it; <see cref="Never"/> when none does.</summary>
    public long HedgeMs { get; }

    /// <summary>How long all attempts together may take.</summary>
    public long TotalMs { get; }

    public bool Hedges => HedgeMs != Never;

    /// <summary>Silence that is the endpoint's fault even if the attempt was cut short by something else.</summary>
    public long PatienceMs => Math.Min(AttemptMs, Math.Min(HedgeMs, TotalMs));

    private static long Milliseconds(TimeSpan time) => Math.Max(1, time.Ticks / TimeSpan.TicksPerMillisecond);
}
