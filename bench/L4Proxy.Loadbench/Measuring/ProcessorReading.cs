using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Measuring;

/// <summary>Processor time that processes have used so far.</summary>
/// <remarks>
/// <c>stat</c> tells user mode and kernel apart, but in ticks of 10 ms, which is too coarse where a proxy is mostly idle;
/// <c>schedstat</c> tells the whole of each thread in nanoseconds, but nothing of threads and processes that have ended, whose time is in the
/// ticks: of processes once their parent has waited for them. So the shares come from the ticks, and so does the whole when they show more of
/// it than their own coarseness explains.
/// </remarks>
internal sealed record ProcessorReading
{
    private const double MicrosecondsPerTick = 10_000;

    /// <summary>User mode and kernel are each rounded down to a tick (cputime_adjust in the kernel), so that each may seem to have used one more.</summary>
    private const int DoubtfulTicksOfProcess = 2;

    public required long UserTicks { get; init; }

    public required long SystemTicks { get; init; }

    /// <summary>How many processes it is of.</summary>
    public required int Processes { get; init; }

    /// <summary>By thread id, which is unique in the system.</summary>
    public required ImmutableDictionary<int, long> NanosecondsByThread { get; init; }

    public static ProcessorReading Of(IEnumerable<int> processIds)
    {
        long user = 0;
        long system = 0;
        int processes = 0;
        var threads = ImmutableDictionary.CreateBuilder<int, long>();
        foreach (int id in processIds)
        {
            if (ProcFiles.ReadStat(id) is not { } stat)
            {
                continue;
            }

            processes++;
            user += stat.UserTicks;
            system += stat.SystemTicks;
            foreach (int thread in ProcFiles.Threads(id))
            {
                if (ProcFiles.ReadThreadNanoseconds(id, thread) is { } nanoseconds)
                {
                    threads[thread] = nanoseconds;
                }
            }
        }

        return new ProcessorReading
        {
            UserTicks = user,
            SystemTicks = system,
            Processes = processes,
            NanosecondsByThread = threads.ToImmutable(),
        };
    }

    /// <summary>This and a reading of other processes.</summary>
    public ProcessorReading With(ProcessorReading others) => new()
    {
        UserTicks = UserTicks + others.UserTicks,
        SystemTicks = SystemTicks + others.SystemTicks,
        Processes = Processes + others.Processes,
        NanosecondsByThread = NanosecondsByThread.SetItems(others.NanosecondsByThread),
    };

    /// <summary>What was used since an earlier reading of the same processes, those included that they started since.</summary>
    public ProcessorUse Since(ProcessorReading earlier)
    {
        double user = Math.Max(0, UserTicks - earlier.UserTicks);
        double system = Math.Max(0, SystemTicks - earlier.SystemTicks);
        double total = TotalSince(earlier, (user + system) * MicrosecondsPerTick);

        // Less than a tick: how it was before is the best guess, and of a relay that has not used one yet, the kernel.
        (user, system) = user + system > 0 ? (user, system)
            : UserTicks + SystemTicks > 0 ? (UserTicks, SystemTicks)
            : (0, 1);
        return new ProcessorUse(total * user / (user + system), total * system / (user + system));
    }

    /// <summary>The whole in microseconds.</summary>
    private double TotalSince(ProcessorReading earlier, double byTicks)
    {
        if (NanosecondsByThread.IsEmpty)
        {
            return byTicks;
        }

        double byThreads = NanosecondsByThread.Sum(t => UsedSince(t.Value, earlier.NanosecondsByThread.GetValueOrDefault(t.Key))) / 1000.0;
        double doubtful = DoubtfulTicksOfProcess * Math.Max(Processes, earlier.Processes) * MicrosecondsPerTick;
        return byTicks - byThreads > doubtful ? byTicks : byThreads;
    }

    /// <summary>A thread that has used less than before is another one with the same number.</summary>
    private static long UsedSince(long now, long before) => now >= before ? now - before : now;
}
