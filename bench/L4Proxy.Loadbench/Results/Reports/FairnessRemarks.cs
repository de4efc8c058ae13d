using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Results.Reports;

/// <summary>What a reader should know before believing a ratio.</summary>
internal static class FairnessRemarks
{
    public static ImmutableArray<string> All { get; } =
    [
        "All proxies run on the same machine and cores as the load generator and the backends, with the same backends and the same payload. "
            + "On loopback there is no network card: throughput is what is left of the processor, so CPU per operation says more than throughput does.",
        "Rounds are interleaved, in an order in which each proxy comes after each other one equally often. A ratio is taken within each round, and its median over the rounds is shown: "
            + "what disturbs a round disturbs both figures.",
        "Whiskers, and figures in parentheses or small below another, are the smallest and the largest round, then the distance of the quartiles relative to the median. "
            + "Two figures whose ranges overlap are not told apart by this run.",
        "CPU time is that of all processes of a proxy, as the kernel counts it. Work that the kernel does for a proxy in interrupts is counted to whoever runs at the time: "
            + "on loopback that includes the peer's side of the connection.",
        "HAProxy and nginx are what was found on PATH, with the configuration files kept beside this program; newer versions may be faster than those named above. "
            + "They can do much that L4Proxy cannot, and pay for some of it in every connection.",
        "Latencies in the closed model leave out the time for which a stalled proxy kept the generator from asking; where a rate was asked for, the response time counts from the intended start.",
    ];
}
