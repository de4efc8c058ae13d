namespace L4Proxy.Loadbench.Load;

/// <summary>What of a plan one thread does.</summary>
/// <param name="Part">Number of the thread, from 0 on.</param>
/// <param name="Parts">Number of threads.</param>
/// <param name="FirstConnection">Number of its first connection among those of all threads.</param>
/// <param name="Connections">Its connections.</param>
internal readonly record struct LoadShare(int Part, int Parts, int FirstConnection, int Connections)
{
    /// <summary>Shares that differ by one connection at most; no more threads than connections.</summary>
    public static IEnumerable<LoadShare> Of(LoadPlan plan)
    {
        int parts = Math.Min(plan.Threads, plan.Connections);
        for (int i = 0; i < parts; i++)
        {
            int first = (int)((long)plan.Connections * i / parts);
            yield return new LoadShare(i, parts, first, (int)((long)plan.Connections * (i + 1) / parts) - first);
        }
    }
}
