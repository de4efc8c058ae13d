using System.ComponentModel;
using System.Diagnostics;
using L4Proxy.DataPlane.Engines;

namespace L4Proxy.Loadbench.Load;

/// <summary>Load by raw event loops on Linux, as lean as the proxies that it is to measure.</summary>
internal sealed class LoadGenerator : ILoadGenerator
{
    /// <summary>Connections that are being opened when this has passed beyond the timeout of the last are not waited for.</summary>
    private static readonly TimeSpan s_openingMargin = TimeSpan.FromSeconds(10);

    /// <summary>Files that the runtime may still open: it hangs where it gets none.</summary>
    private const int SpareDescriptors = 64;

    public async Task<LoadResult> RunAsync(LoadPlan plan, CancellationToken cancellation)
    {
        Check(plan);
        LoadRun run = new(plan);
        LoadLoop[] loops = [.. LoadShare.Of(plan).Select(share => new LoadLoop(run, share))];
        foreach (LoadLoop loop in loops)
        {
            loop.Start();
        }

        TimeSpan[] processorTimes;
        long held;
        await using CancellationTokenRegistration giveUp = cancellation.Register(run.GiveUp);
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, plan.Stop);
            Task failed = Task.WhenAny(loops.Select(l => l.Completion));
            if (await PassAsync(Task.WhenAll(loops.Select(l => l.Opened)), OpeningLimitOf(plan), failed, stop.Token))
            {
                run.WarmUp();
                await PassAsync(failed, plan.WarmUp, failed, stop.Token);
            }

            TimeSpan[] before = ProcessorTimesOf(loops);
            run.Count();
            held = loops.Sum(l => l.Open);
            plan.Begun?.Invoke();
            await PassAsync(failed, plan.Duration, failed, stop.Token);
            processorTimes = [.. ProcessorTimesOf(loops).Zip(before, (now, then) => now - then)];
            run.Drain();
            plan.Ended?.Invoke();
        }
        catch
        {
            run.GiveUp();
            throw;
        }

        run.Close();
        await JoinAsync(loops);
        cancellation.ThrowIfCancellationRequested();
        return ResultOf(run, loops, processorTimes, held);
    }

    /// <summary>How long opening may take: the last connection is begun when the rate allows it, and has its own timeout from then on.</summary>
    public static TimeSpan OpeningLimitOf(LoadPlan plan) => plan.Timeout + s_openingMargin
        + TimeSpan.FromSeconds(plan.Kind == LoadKind.ConnectExchange ? 0 : plan.Connections / LoadLoop.OpeningsPerSecond);

    /// <summary>Waits until something has happened, the time is over, a thread has failed or the run is to stop; false for the last.</summary>
    private static async Task<bool> PassAsync(Task happened, TimeSpan time, Task failed, CancellationToken stop)
    {
        Task delay = Task.Delay(time, stop);
        await Task.WhenAny(happened, failed, delay);
        return !stop.IsCancellationRequested;
    }

    private static async Task JoinAsync(LoadLoop[] loops)
    {
        try
        {
            await Task.WhenAll(loops.Select(l => l.Completion));
        }
        catch (Win32Exception e)
        {
            throw new LoadException($"the load cannot be put on: {e.Message}", e);
        }
    }

    private static TimeSpan[] ProcessorTimesOf(LoadLoop[] loops) => [.. loops.Select(loop => loop.ProcessorTime.Read())];

    private static LoadResult ResultOf(LoadRun run, LoadLoop[] loops, TimeSpan[] processorTimes, long held)
    {
        LoadCounters all = new();
        foreach (LoadLoop loop in loops)
        {
            all.Add(loop.Counters);
        }

        LoadPlan plan = run.Plan;
        TimeSpan elapsed = Stopwatch.GetElapsedTime(run.CountedFrom, run.CountedTo);
        return new LoadResult
        {
            Kind = plan.Kind,
            Operations = plan.Kind == LoadKind.Hold ? held : all.Operations,
            BytesSent = all.BytesSent,
            BytesReceived = all.BytesReceived,
            Elapsed = elapsed,
            Service = all.Service,
            Response = plan.Rate is null ? null : all.Response,
            FirstByte = all.FirstByte,
            Errors = all.Errors,
            ProcessorTime = processorTimes.Aggregate(TimeSpan.Zero, (sum, time) => sum + time),
            BusiestThread = processorTimes.Max() / elapsed,
            Late = all.Late,
            AllocatedBytes = all.AllocatedBytes,
            AskedRate = plan.RampTo is { } to ? (plan.Rate + to) / 2 : plan.Rate,
        };
    }

    private static void Check(LoadPlan plan)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new LoadException("load is put on by epoll: this needs Linux");
        }

        long most = ResourceLimits.FreeDescriptors() - SpareDescriptors;
        if (plan.Connections > most)
        {
            throw new LoadException(
                $"{plan.Connections} connections are more than the limit of open files ({ResourceLimits.OpenFiles()}, ulimit -n) leaves room for: {most}");
        }

        if (plan is { Kind: LoadKind.Exchange, Exchange.End: AnswerEnd.Close })
        {
            throw new LoadException("an answer that ends when the server closes needs a connection for each exchange");
        }

        if (plan.Connections < 1 || plan.Threads < 1 || plan.Targets.IsEmpty)
        {
            throw new ArgumentException("a plan has connections, threads and targets", nameof(plan));
        }
    }
}
