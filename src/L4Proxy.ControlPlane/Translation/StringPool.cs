using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// One instance of each name of a node and a zone, and of each set of hints: a cluster has few of them, and its endpoints
/// repeat them a hundred thousand times. Begins anew when it is full: nodes come and go, and whoever may write EndpointSlices
/// may name any.
/// </summary>
internal sealed class StringPool
{
    /// <summary>Several times the nodes of the largest cluster that Kubernetes supports (5000).</summary>
    private const int Capacity = 20_000;

    private readonly Dictionary<string, string> _strings = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Nodes, string Zones), TopologyHints> _hints = [];

    public string? Get(string? text)
    {
        if (text is null)
        {
            return null;
        }

        if (!_strings.TryGetValue(text, out string? known))
        {
            MakeRoom(_strings);
            _strings.Add(text, known = text);
        }

        return known;
    }

    /// <summary>Null for hints that name nobody.</summary>
    public TopologyHints? Get(EndpointHints? hints)
    {
        if (hints is null || (hints.ForNodes.Count == 0 && hints.ForZones.Count == 0))
        {
            return null;
        }

        (string, string) key = (Key(hints.ForNodes), Key(hints.ForZones));
        if (!_hints.TryGetValue(key, out TopologyHints? known))
        {
            known = new TopologyHints(Names(hints.ForNodes), Names(hints.ForZones));
            MakeRoom(_hints);
            _hints.Add(key, known);
        }

        return known;
    }

    private static void MakeRoom<TKey, TValue>(Dictionary<TKey, TValue> pool)
        where TKey : notnull
    {
        if (pool.Count == Capacity)
        {
            pool.Clear();
        }
    }

    // A name has no comma.
    private static string Key(IReadOnlyList<HintTarget> targets) => targets is [HintTarget one] ? one.Name : string.Join(',', targets.Select(t => t.Name));

    private ImmutableArray<string> Names(IReadOnlyList<HintTarget> targets) => [.. targets.Select(t => Get(t.Name)!)];
}
