using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>A chain with its rules.</summary>
/// <param name="Name">At most <see cref="NftText.MaxName"/> bytes.</param>
/// <param name="Hook">
/// Where the kernel enters it, such as <c>type nat hook prerouting priority dstnat;</c>; empty for a chain that others jump to.
/// </param>
/// <param name="Rules">In order.</param>
internal sealed record NftChain(string Name, string Hook, ImmutableArray<NftRule> Rules)
{
    public bool HasRulesOf(NftChain other) => Rules.AsSpan().SequenceEqual(other.Rules.AsSpan());
}
