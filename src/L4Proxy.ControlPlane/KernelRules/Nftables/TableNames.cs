using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>Names of what there is in a table.</summary>
/// <param name="Chains">Chains.</param>
/// <param name="Collections">Sets and maps, each with nft's word for its kind.</param>
/// <param name="Dynamic">Those of the sets that the kernel fills.</param>
internal sealed record TableNames(
    ImmutableHashSet<string> Chains, ImmutableDictionary<string, string> Collections, ImmutableHashSet<string> Dynamic);
