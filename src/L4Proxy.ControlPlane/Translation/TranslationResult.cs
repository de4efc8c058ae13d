using System.Collections.Immutable;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>What came out of a translation.</summary>
/// <param name="Table">Everything that can be served.</param>
/// <param name="Problems">Everything that cannot, or not as written.</param>
public sealed record TranslationResult(ServiceTable Table, ImmutableArray<Problem> Problems)
{
    /// <summary>See <see cref="SourceSnapshot.HealthChecks"/>.</summary>
    public ImmutableArray<HealthCheckNodePort> HealthChecks { get; init; } = [];

    /// <summary>See <see cref="SourceSnapshot.NodeEligible"/>.</summary>
    public bool NodeEligible { get; init; } = true;

    /// <summary>See <see cref="SourceSnapshot.PodNetworks"/>.</summary>
    public NetworkSet PodNetworks { get; init; } = NetworkSet.Empty;

    /// <summary>The result as a source gives it, without what led to it.</summary>
    public SourceSnapshot ToSnapshot() => new(Table, Problems)
    {
        HealthChecks = HealthChecks,
        NodeEligible = NodeEligible,
        PodNetworks = PodNetworks,
    };
}
