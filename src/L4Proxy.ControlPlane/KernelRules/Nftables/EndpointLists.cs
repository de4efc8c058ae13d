using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>
/// How one of a list of endpoints is picked without a chain for each Service port. For each position in a list there is one map,
/// from the address and port that the client knows to the endpoint at that position, and one chain with the only rule that uses it; for
/// each length of a list there is one chain that leads to one of its positions at random. A Service port therefore is a few
/// elements, and a table has as many chains as its longest list has endpoints, whatever the number of its Services: nft reads the names
/// of all chains and sets whenever it runs.
/// </summary>
/// <param name="words">Of the family.</param>
/// <param name="kind">What names begin with: one of <see cref="Kinds"/>.</param>
internal sealed class EndpointLists(FamilyWords words, string kind)
{
    private readonly ConcurrentDictionary<int, NftObjects> _positions = [];
    private readonly ConcurrentDictionary<int, NftObjects> _lengths = [];

    /// <summary>Lists by address: the endpoints that most clients get, and those of a Local policy; then both for node ports.</summary>
    public static ImmutableArray<string> Kinds { get; } = ["", "local-", "nodeport-", "nodeport-local-"];

    private bool IsByPort => kind.StartsWith("nodeport-", StringComparison.Ordinal);

    private string Key => IsByPort ? words.PortKey : words.AddressKey;

    private string KeyType => IsByPort ? words.PortKeyType : words.AddressKeyType;

    /// <summary>The map of a position.</summary>
    public string Map(int position) => $"{kind}endpoints-{position}";

    /// <summary>The chain that picks one of so many.</summary>
    public string Picker(int length) => $"{kind}pick-{length}";

    /// <summary>What lists of this length need, in the order in which it has to be made.</summary>
    public IEnumerable<NftObjects> Objects(int length) =>
        Enumerable.Range(0, length).Select(i => _positions.GetOrAdd(i, Position)).Append(_lengths.GetOrAdd(length, Length));

    private NftObjects Position(int position) => new()
    {
        Collections = [new(Map(position), $"type {KeyType} : {words.AddressType} . inet_service;") { IsMap = true }],
        Chains =
        [
            new(
                $"{kind}dnat-{position}",
                "",
                [
                    new(
                        $"meta l4proto {{ tcp, udp, sctp }} dnat {words.Protocol} to {Key} map @{Map(position)}",
                        $"to the endpoint in @{Map(position)}"),
                ]),
        ],
    };

    private NftObjects Length(int length)
    {
        string choices = string.Join(", ", Enumerable.Range(0, length).Select(i => $"{i} : goto {kind}dnat-{i}"));
        NftRule pick = new($"numgen random mod {length} vmap {{ {choices} }}", $"one of {length} at random");
        return new NftObjects { Chains = [new(Picker(length), "", [pick])] };
    }
}
