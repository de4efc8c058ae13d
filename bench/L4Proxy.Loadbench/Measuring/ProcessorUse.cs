namespace L4Proxy.Loadbench.Measuring;

/// <summary>Processor time between two readings, in microseconds.</summary>
internal readonly record struct ProcessorUse(double User, double System)
{
    public double Total => User + System;
}
