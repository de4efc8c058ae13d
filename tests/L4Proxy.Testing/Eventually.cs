using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace L4Proxy.Testing;

/// <summary>Waits for what has no event of its own, such as a counter.</summary>
public static class Eventually
{
    private const int PollMilliseconds = 5;

    /// <summary>Fails when the condition does not hold within the limit.</summary>
    public static async Task True(
        Func<bool> condition, TimeSpan? limit = null, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        ArgumentNullException.ThrowIfNull(condition);
        TimeSpan time = limit ?? Deadline.Default;
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > time)
            {
                Assert.Fail($"still not true after {time.TotalSeconds:0.###} s: {what}");
            }

            await Task.Delay(PollMilliseconds);
        }
    }

    /// <summary>Waits until a number is the expected one, and shows the last one seen otherwise.</summary>
    public static async Task Equal<T>(
        T expected, Func<T> actual, TimeSpan? limit = null, [CallerArgumentExpression(nameof(actual))] string what = "")
    {
        ArgumentNullException.ThrowIfNull(actual);
        TimeSpan time = limit ?? Deadline.Default;
        long start = Stopwatch.GetTimestamp();
        T seen;
        while (!EqualityComparer<T>.Default.Equals(seen = actual(), expected))
        {
            if (Stopwatch.GetElapsedTime(start) > time)
            {
                Assert.Fail($"expected {expected}, still {seen} after {time.TotalSeconds:0.###} s: {what}");
            }

            await Task.Delay(PollMilliseconds);
        }
    }

    /// <summary>Waits until a number has not changed for a while, and returns it.</summary>
    /// <param name="value">What to watch.</param>
    /// <param name="quiet">How long it must stay the same.</param>
    /// <param name="what">Filled in by the compiler.</param>
    public static async Task<long> Settled(
        Func<long> value, TimeSpan quiet, [CallerArgumentExpression(nameof(value))] string what = "")
    {
        ArgumentNullException.ThrowIfNull(value);
        long start = Stopwatch.GetTimestamp();
        long since = start;
        long last = value();
        while (Stopwatch.GetElapsedTime(since) < quiet)
        {
            await Task.Delay(PollMilliseconds);
            long now = value();
            if (now != last)
            {
                last = now;
                since = Stopwatch.GetTimestamp();
            }

            if (Stopwatch.GetElapsedTime(start) > Deadline.Default)
            {
                Assert.Fail($"never stood still: {what}, now {now}");
            }
        }

        return last;
    }
}
