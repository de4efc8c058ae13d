using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Life;

/// <summary>Hears of removed rules, where the backend can be told of them, and asks again when who tells it has ended.</summary>
/// <param name="backend">Whose rules they are.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Told when nobody tells.</param>
internal sealed class RemovalNews(IRulesBackend backend, TimeProvider time, ILogger logger)
{
    /// <summary>Between two news, so that somebody who removes rules all the time costs no more than a check for each.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Before the first new attempt. Long enough for the end of this process to be known: who ends it may have ended its tools first, as a
    /// signal to a whole process group does.
    /// </summary>
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromSeconds(1);

    private int _failures;

    /// <summary>Calls back for all news until it is told to stop.</summary>
    public async Task FollowAsync(Action suspect, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            long start = time.GetTimestamp();
            try
            {
                await backend.WaitForRemovalAsync(stop);
                _failures = 0;
                suspect();
                await WaitAsync(s_pause, stop);
            }
            catch (RulesException e)
            {
                // Who told for so long was no failed attempt, even where there was nothing to tell.
                _failures = time.GetElapsedTime(start) > RulesSchedule.CheckPeriod ? 0 : _failures;
                await RetryAsync(e.Message, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Waits 1 s, and twice as long each time, but no longer than until the next look at the rules.</summary>
    private async Task RetryAsync(string cause, CancellationToken stop)
    {
        TimeSpan pause = s_firstRetry * Math.Pow(2, Math.Min(_failures, 10));
        await WaitAsync(pause < RulesSchedule.CheckPeriod ? pause : RulesSchedule.CheckPeriod, stop);
        if (_failures++ == 0 && !stop.IsCancellationRequested)
        {
            RulesLog.NotTold(logger, backend.Name, cause, RulesSchedule.CheckPeriod.TotalSeconds);
        }
    }

    private async Task WaitAsync(TimeSpan span, CancellationToken stop) =>
        await Task.Delay(span, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
