using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Measuring;

/// <summary>Processor time that processes have used so far.</summary>
/// <remarks>
/// <c>stat</c> tells user mode and kernel apart, but in ticks of 10 ms, which is too coarse where a proxy is mostly idle;
/// <c>schedstat</c> tells the whole of each thread in nanoseconds. So the whole comes from the one and the shares from the other.
/// </remarks>
internal sealed record ProcessorReading
{
    private const double MicrosecondsPerTick = 10_000;

    public required long UserTicks { get; init; }

    public required long SystemTicks { get; init; }

    /// <summary>By thread id, which is unique in the system.</summary>
    public required ImmutableDictionary<int, long> NanosecondsByThread { get; init; }

    public static ProcessorReading Of(IEnumerable<int> processIds)
    {
        long user = 0;
        long system = 0;
        var threads = ImmutableDictionary.CreateBuilder<int, long>();
        foreach (int id in processIds)
        {
            if (ProcFiles.ReadStat(id) is not { } stat)
            {
                continue;
            }

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

        return new ProcessorReading { UserTicks = user, SystemTicks = system, NanosecondsByThread = threads.ToImmutable() };
    }

    /// <summary>What was used since an earlier reading of the same processes, those included that they started since.</summary>
    public ProcessorUse Since(ProcessorReading earlier)
    {
        double user = Math.Max(0, UserTicks - earlier.UserTicks);
        double system = Math.Max(0, SystemTicks - earlier.SystemTicks);
        double total = TotalSince(earlier) ?? (user + system) * MicrosecondsPerTick;

        // Less than a tick: how it was before is the best guess.
        (user, system) = user + system > 0 ? (user, system) : (UserTicks, SystemTicks);
        double ticks = Math.Max(1, user + system);
        return new ProcessorUse(total * user / ticks, total * system / ticks);
    }

    /// <summary>Null when a thread has ended, whose time only the ticks of its process still contain.</summary>
    private double? TotalSince(ProcessorReading earlier)
    {
        if (NanosecondsByThread.IsEmpty || earlier.NanosecondsByThread.Keys.Any(thread => !NanosecondsByThread.ContainsKey(thread)))
        {
            return null;
        }

        long nanoseconds = NanosecondsByThread.Sum(t => t.Value - earlier.NanosecondsByThread.GetValueOrDefault(t.Key));
        return nanoseconds / 1000.0;
    }
}
