using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Results;

/// <summary>A whole comparison, as its JSON file keeps it.</summary>
internal sealed record CompareResult
{
    public required BenchEnvironment Environment { get; init; }

    /// <summary>What each scenario does, and which of its figures matter, by name.</summary>
    public required ImmutableArray<ScenarioSummary> Scenarios { get; init; }

    public required ImmutableArray<Sample> Samples { get; init; }
}
