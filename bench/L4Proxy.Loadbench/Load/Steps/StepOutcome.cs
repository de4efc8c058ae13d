using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Load.Steps;

/// <summary>A step that has been run.</summary>
/// <param name="Step">What was asked for.</param>
/// <param name="Result">What was seen.</param>
/// <param name="IsCutShort">Whether it was ended before its time: its thresholds, which are for all of it, are then not judged.</param>
internal sealed record StepOutcome(LoadStep Step, LoadResult Result, bool IsCutShort = false)
{
    public ImmutableArray<LoadThreshold> Missed { get; } = IsCutShort ? [] : [.. Step.Thresholds.Where(t => !t.Holds(Result))];

    /// <summary>Whether the service did nothing that was asked of it, which is a failure with and without thresholds.</summary>
    public bool IsEmpty => Result.Operations == 0 && !IsCutShort;

    public bool HasFailed => IsEmpty || !Missed.IsEmpty;
}
