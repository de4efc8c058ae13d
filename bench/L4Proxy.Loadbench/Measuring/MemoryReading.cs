namespace L4Proxy.Loadbench.Measuring;

/// <summary>Memory of processes, in bytes; pages that several of them share count for each.</summary>
/// <param name="Resident">Resident now (VmRSS).</param>
/// <param name="Peak">The most since the peak was reset (VmHWM).</param>
/// <param name="Private">Of the resident, what belongs to no file: heaps and stacks (RssAnon).</param>
internal readonly record struct MemoryReading(long Resident, long Peak, long Private)
{
    public static MemoryReading Of(IEnumerable<int> processIds)
    {
        MemoryReading sum = default;
        foreach (int id in processIds)
        {
            sum = new MemoryReading(
                sum.Resident + ProcFiles.ReadStatusBytes(id, "VmRSS"),
                sum.Peak + ProcFiles.ReadStatusBytes(id, "VmHWM"),
                sum.Private + ProcFiles.ReadStatusBytes(id, "RssAnon"));
        }

        return sum;
    }
}
