using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Results;

/// <summary>What a run ran on, and with what.</summary>
internal sealed record BenchEnvironment
{
    public required DateTimeOffset Started { get; init; }

    /// <summary>Of uname.</summary>
    public required string Kernel { get; init; }

    public required string Processor { get; init; }

    public required int Cores { get; init; }

    public required long MemoryBytes { get; init; }

    public required string Runtime { get; init; }

    /// <summary>The commit that was built, with a mark when the tree was changed; null outside a checkout.</summary>
    public string? Commit { get; init; }

    /// <summary>How this program was called.</summary>
    public required string CommandLine { get; init; }

    /// <summary>Version by proxy.</summary>
    public required ImmutableSortedDictionary<string, string> Versions { get; init; }

    /// <summary>Command line by proxy.</summary>
    public required ImmutableSortedDictionary<string, string> CommandLines { get; init; }

    /// <summary>Of each proxy the files that it was started with, by name.</summary>
    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> Configurations { get; init; } =
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty;

    /// <summary>Variables of the environment that the .NET runtime reads: <c>DOTNET_*</c> and <c>COMPlus_*</c>.</summary>
    public ImmutableSortedDictionary<string, string> Variables { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>How many files each process may open (RLIMIT_NOFILE); 0 where it was not kept.</summary>
    public long OpenFiles { get; init; }

    /// <summary>What may have disturbed the run, such as load of others before it began.</summary>
    public ImmutableArray<string> Remarks { get; init; } = [];
}
