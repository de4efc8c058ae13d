using System.Diagnostics;
using System.Globalization;

namespace L4Proxy.Loadbench.Measuring;

/// <summary>What a machine's processors have done so far, and who had it done: in ticks of 10 ms (USER_HZ), see proc(5).</summary>
/// <param name="Timestamp">Of <see cref="Stopwatch"/>.</param>
/// <param name="BusyTicks">All processors, in processes; without interrupts, which some kernels count to processes and some do not.</param>
/// <param name="StolenTicks">What other machines on the same host took.</param>
/// <param name="OwnTicks">This process with all that descend from it, those that have ended included.</param>
/// <param name="OtherTicks">All other processes that can be seen, threads of the kernel left out: they work for whoever needs them.</param>
internal readonly record struct MachineReading(long Timestamp, long BusyTicks, long StolenTicks, long OwnTicks, long OtherTicks)
{
    private const double TicksPerSecond = 100;

    /// <summary>Parent of all threads of the kernel (kthreadd).</summary>
    private const int KernelThreads = 2;

    /// <summary>Takes some milliseconds.</summary>
    public static MachineReading Take()
    {
        Dictionary<int, ProcessStat> processes = [];
        foreach (int id in ProcFiles.Processes())
        {
            if (ProcFiles.ReadStat(id) is { } stat)
            {
                processes[id] = stat;
            }
        }

        HashSet<int> own = OwnAmong(processes);
        long ownTicks = processes.Where(p => own.Contains(p.Key)).Sum(p => TicksOf(p.Value));
        long others = processes.Where(p => !own.Contains(p.Key) && p.Key != KernelThreads && p.Value.Parent != KernelThreads).Sum(p => TicksOf(p.Value));
        (long busy, long stolen) = ParseProcessors(ProcFiles.ReadProcessors());
        return new MachineReading(Stopwatch.GetTimestamp(), busy, stolen, ownTicks, others);
    }

    /// <summary>Busy and stolen ticks of the first line of <c>/proc/stat</c>; 0 where there is none.</summary>
    public static (long Busy, long Stolen) ParseProcessors(string? text)
    {
        // cpu user nice system idle iowait irq softirq steal
        string[] fields = text?.Split('\n', 2)[0].Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        long Field(int index) => index < fields.Length ? long.Parse(fields[index], CultureInfo.InvariantCulture) : 0;
        return (Field(1) + Field(2) + Field(3), Field(8));
    }

    /// <summary>At least this share of all processors went to others since an earlier reading: 0 to 1.</summary>
    /// <remarks>
    /// Processes that are seen give one bound from below. What processors did beyond this program's own processes gives another, in which those of
    /// other containers are too; it is too low where a kernel counts interrupts to processes.
    /// </remarks>
    public double ForeignShareSince(MachineReading earlier)
    {
        long unknown = BusyTicks - earlier.BusyTicks - (OwnTicks - earlier.OwnTicks);
        long foreign = Math.Max(0, Math.Max(unknown, OtherTicks - earlier.OtherTicks)) + StolenTicks - earlier.StolenTicks;
        double all = Stopwatch.GetElapsedTime(earlier.Timestamp, Timestamp).TotalSeconds * TicksPerSecond * Environment.ProcessorCount;
        return all > 0 ? Math.Clamp(foreign / all, 0, 1) : 0;
    }

    /// <summary>Time of children that were waited for is in it, so that nothing is lost when one ends.</summary>
    private static long TicksOf(ProcessStat stat) => stat.UserTicks + stat.SystemTicks;

    private static HashSet<int> OwnAmong(Dictionary<int, ProcessStat> processes)
    {
        ILookup<int, int> children = processes.ToLookup(p => p.Value.Parent, p => p.Key);
        HashSet<int> own = [];
        Queue<int> next = new([Environment.ProcessId]);
        while (next.TryDequeue(out int id))
        {
            if (own.Add(id))
            {
                foreach (int child in children[id])
                {
                    next.Enqueue(child);
                }
            }
        }

        return own;
    }
}
