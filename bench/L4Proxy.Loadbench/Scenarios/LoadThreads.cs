namespace L4Proxy.Loadbench.Scenarios;

/// <summary>How many threads put on load, and how many answer behind the proxies.</summary>
internal static class LoadThreads
{
    /// <summary>
    /// Half of the cores for each side, as the proxies have one for each core: with fewer, the sides would be what is measured on a machine with
    /// many, and all proxies would look alike.
    /// </summary>
    public static int Each { get; } = For(Environment.ProcessorCount);

    public static int For(int cores) => Math.Max(1, cores / 2);
}
