using System.Diagnostics;

namespace L4Proxy.Loadbench.Load;

/// <summary>The monotonic clock in its own ticks, which cost nothing to compare.</summary>
internal static class Clock
{
    public static long Now => Stopwatch.GetTimestamp();

    public static long Of(TimeSpan span) => OfSeconds(span.TotalSeconds);

    /// <summary>Ticks of a time; the largest that leave room to add to where it is longer than that.</summary>
    public static long OfSeconds(double seconds)
    {
        double ticks = seconds * Stopwatch.Frequency;
        return ticks < long.MaxValue / 4 ? (long)ticks : long.MaxValue / 4;
    }

    public static TimeSpan Span(long ticks) => Stopwatch.GetElapsedTime(0, ticks);
}
