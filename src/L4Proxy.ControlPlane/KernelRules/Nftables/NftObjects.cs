using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>Objects of a table that belong together: all that one Service port needs, or what is there for all of them.</summary>
internal sealed class NftObjects
{
    public static readonly NftObjects None = new();

    public ImmutableArray<NftCollection> Collections { get; init; } = [];

    public ImmutableArray<NftChain> Chains { get; init; } = [];

    public ImmutableArray<NftElement> Elements { get; init; } = [];

    /// <summary>What else it needs and others need, too; the same instance for each of them.</summary>
    public ImmutableArray<NftObjects> Shared { get; init; } = [];
}
