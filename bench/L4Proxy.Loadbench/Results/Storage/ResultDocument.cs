using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Results.Storage;

/// <summary>A result as it is in a JSON file.</summary>
internal sealed record ResultDocument
{
    /// <summary>Changes when a reader of the former one would read a file wrongly; new fields alone change nothing.</summary>
    public const string CurrentFormat = "l4proxy-loadbench/1";

    public required string Format { get; init; }

    public required BenchEnvironment Environment { get; init; }

    public required ImmutableArray<ScenarioSummary> Scenarios { get; init; }

    public required ImmutableArray<Sample> Samples { get; init; }
}
