namespace L4Proxy.Loadbench.Results.Analysis;

/// <summary>Whether a target was reached.</summary>
internal enum TargetVerdict
{
    Met,
    Missed,

    /// <summary>The scenario or the peer was left out, or the figure could not be had.</summary>
    NotMeasured,
}
