using System.Collections.Immutable;
using System.Diagnostics;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>
/// Changes at a constant rate. While one is being put in force others may become due: they go in together, next. So a proxy that
/// takes long is asked less often, and each change still comes into force.
/// </summary>
/// <param name="subject">What is changed.</param>
/// <param name="interval">Time between two changes.</param>
/// <param name="listenersAfter">What is to be in force after a number of changes: 1 or more.</param>
internal sealed class ChangeLoop(ISubject subject, TimeSpan interval, Func<int, ImmutableArray<SubjectListener>> listenersAfter)
{
    /// <summary>From when each change was due until it was in force.</summary>
    public LatencyHistogram InForce { get; } = new();

    /// <summary>Times that the proxy put something in force.</summary>
    public int Applications { get; private set; }

    /// <summary>Runs until it is cancelled, which does not cut a change short.</summary>
    /// <param name="stop">Ends the loop.</param>
    /// <param name="cancellation">Ends everything, with an exception.</param>
    public async Task RunAsync(CancellationToken stop, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        int made = 0;
        while (true)
        {
            TimeSpan next = (interval * (made + 1)) - Stopwatch.GetElapsedTime(start);
            if (next > TimeSpan.Zero)
            {
                await Task.Delay(next, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            cancellation.ThrowIfCancellationRequested();
            if (stop.IsCancellationRequested)
            {
                return;
            }

            int due = (int)(Stopwatch.GetElapsedTime(start) / interval);
            if (due == made)
            {
                continue;
            }

            await subject.ChangeAsync(listenersAfter(due), cancellation);
            Applications++;
            TimeSpan now = Stopwatch.GetElapsedTime(start);
            for (int change = made + 1; change <= due; change++)
            {
                InForce.Record(now - (interval * change));
            }

            made = due;
        }
    }
}
