using System.Collections.Frozen;
using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>What the tables of one way of using nftables hold. Pure: the same rules give equal objects.</summary>
internal interface INftPlanner
{
    /// <summary>Name of the table in both families.</summary>
    string Table { get; }

    /// <summary>
    /// An empty chain whose name says how the table is laid out: a table without it, of another version of L4Proxy, is replaced, while one
    /// with it is brought up to date.
    /// </summary>
    string LayoutChain { get; }

    /// <summary>Sets that several Service ports may put the same element into.</summary>
    FrozenSet<string> CountedSets { get; }

    /// <summary>
    /// Chains that rules of hooks jump to, so that the kernel refuses to delete them as long as those rules are there. No others: an attempt
    /// to delete a chain takes away the uses of chains that it leads to.
    /// </summary>
    ImmutableArray<string> Canaries { get; }

    /// <summary>
    /// Whether a line of <see cref="TableLines"/> that no rules ask for may be there: what costs nothing and is removed by a full application.
    /// </summary>
    bool MayStay(string line);

    /// <summary>What is there whatever Services there are.</summary>
    NftObjects Frame(FamilyRules rules);

    /// <summary>What there is for one Service port.</summary>
    NftObjects Service(ServiceRules service, bool isIPv6);
}
