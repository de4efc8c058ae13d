using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Life;

/// <summary>
/// Tries again what failed because somebody else was busy (<see cref="RulesException.IsBusy"/>): a firewall that is being loaded is no reason
/// not to start.
/// </summary>
public static class BusyRetry
{
    /// <summary>As long as a proxy may be late before <c>/healthz</c> tells of it (kube-proxy's healthTimeout is twice its sync period of 30 s).</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>Tools wait for some seconds themselves; this is for the case that they do not.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>Runs something until it works, fails for another reason, or has failed for too long.</summary>
    /// <param name="attempt">What is tried.</param>
    /// <param name="patience">How long it may go on failing before it is not tried again; zero for one attempt.</param>
    /// <param name="backend">Who tries, in the log.</param>
    /// <param name="time">Clock.</param>
    /// <param name="logger">Told once that it is tried again.</param>
    /// <param name="stop">Begins no further attempt. One that is under way may have got its turn and be writing, so it goes on.</param>
    /// <param name="abort">Ends the attempt that is under way, too.</param>
    /// <exception cref="RulesException">It failed for another reason, or too often.</exception>
    public static async Task<T> RunAsync<T>(
        Func<CancellationToken, Task<T>> attempt, TimeSpan patience, string backend, TimeProvider time, ILogger logger, CancellationToken stop,
        CancellationToken abort)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        ArgumentNullException.ThrowIfNull(time);
        long start = time.GetTimestamp();
        for (bool isFirst = true; ; isFirst = false)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                return await attempt(abort);
            }
            catch (RulesException e) when (e.IsBusy && time.GetElapsedTime(start) < patience)
            {
                if (isFirst)
                {
                    RulesLog.Busy(logger, backend, e.Message, patience.TotalSeconds);
                }
            }

            await Task.Delay(s_pause, time, stop);
        }
    }
}
