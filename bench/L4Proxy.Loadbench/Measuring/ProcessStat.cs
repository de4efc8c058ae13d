namespace L4Proxy.Loadbench.Measuring;

/// <summary>Of <c>/proc/PID/stat</c>.</summary>
/// <param name="Parent">Process that started it.</param>
/// <param name="UserTicks">Time in user mode, children that were waited for included, in ticks of 10 ms.</param>
/// <param name="SystemTicks">The same in the kernel.</param>
/// <param name="ChildTicks">Of both, what is that of children that were waited for.</param>
internal readonly record struct ProcessStat(int Parent, long UserTicks, long SystemTicks, long ChildTicks);
