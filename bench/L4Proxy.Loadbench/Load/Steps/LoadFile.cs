using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Load.Steps;

/// <summary>A scenario as its file has it: steps that follow each other, and what their figures have to be.</summary>
internal sealed record LoadFile
{
    public required string Name { get; init; }

    /// <summary>Targets as written, <c>HOST:PORT</c>; empty where the command line gives them.</summary>
    public required ImmutableArray<string> Targets { get; init; }

    public required ImmutableArray<LoadStep> Steps { get; init; }
}
