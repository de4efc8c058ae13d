namespace L4Proxy.RulesBench;

/// <summary>What is measured.</summary>
internal sealed record BenchOptions
{
    public required int Services { get; init; }

    /// <summary>Endpoints of each Service.</summary>
    public required int Endpoints { get; init; }

    /// <summary>Changes of one endpoint, one after the other.</summary>
    public required int Changes { get; init; }

    /// <summary>Names of <see cref="Way"/>.</summary>
    public required IReadOnlyList<string> Ways { get; init; }
}
