using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace L4Proxy.Loadbench.Results;

/// <summary>One proxy in one scenario in one round.</summary>
internal sealed record Sample
{
    /// <summary>Of two cores, a tenth of one: half of what the closest targets, a tenth of a peer's figure, are about.</summary>
    public const double MostForeign = 0.05;

    /// <summary>Such as <c>rr-64</c>.</summary>
    public required string Scenario { get; init; }

    public required string Subject { get; init; }

    /// <summary>From 1 on.</summary>
    public required int Round { get; init; }

    public double Seconds { get; init; }

    public long Operations { get; init; }

    public double OperationsPerSecond { get; init; }

    /// <summary>Payload both ways.</summary>
    public double BytesPerSecond { get; init; }

    /// <summary>From the actual start of an operation.</summary>
    public LatencySummary? Service { get; init; }

    /// <summary>From the intended start of an operation, where a rate was asked for.</summary>
    public LatencySummary? Response { get; init; }

    /// <summary>CPU time of all processes of the proxy in user mode, in microseconds, over the time that counted.</summary>
    public double UserMicroseconds { get; init; }

    /// <summary>The same in the kernel.</summary>
    public double SystemMicroseconds { get; init; }

    /// <summary>CPU time of the load generator and of the backends.</summary>
    public double GeneratorMicroseconds { get; init; }

    public double BackendMicroseconds { get; init; }

    /// <summary>Highest and last resident memory of all processes of the proxy, in bytes.</summary>
    public long PeakResidentBytes { get; init; }

    public long EndResidentBytes { get; init; }

    public double? AskedRate { get; init; }

    public bool Saturated { get; init; }

    /// <summary>At least this share of all processors went to others meanwhile, the preparation of the scenario included: 0 to 1.</summary>
    public double ForeignShare { get; init; }

    /// <summary>Whether others took so much that the figures may be theirs.</summary>
    [JsonIgnore]
    public bool IsDisturbed => ForeignShare > MostForeign;

    /// <summary>Operations that began over a millisecond after they were to.</summary>
    public long Late { get; init; }

    /// <summary>Whether the load generator, or the backends, had next to no time left: then they are what was measured.</summary>
    public bool GeneratorBound { get; init; }

    public bool BackendBound { get; init; }

    /// <summary>Errors by class, those that were seen.</summary>
    public ImmutableSortedDictionary<string, long> Errors { get; init; } = ImmutableSortedDictionary<string, long>.Empty;

    /// <summary>What only this scenario measures, such as <c>bytes per connection</c>; see <see cref="Metric"/> for how it reads.</summary>
    public ImmutableSortedDictionary<string, double> Extra { get; init; } = ImmutableSortedDictionary<string, double>.Empty;
}
