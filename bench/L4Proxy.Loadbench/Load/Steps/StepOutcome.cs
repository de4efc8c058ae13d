using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Load.Steps;

/// <summary>A step that has been run.</summary>
/// <param name="Step">What was asked for.</param>
/// <param name="Result">What was seen.</param>
internal sealed record StepOutcome(LoadStep Step, LoadResult Result)
{
    public ImmutableArray<LoadThreshold> Missed { get; } = [.. Step.Thresholds.Where(t => !t.Holds(Result))];
}
