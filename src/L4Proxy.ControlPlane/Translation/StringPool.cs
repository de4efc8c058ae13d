using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// One instance of each name of a node and a zone, and of each set of hints: a cluster has few of them, and its endpoints
/// repeat them a hundred thousand times. Never shrinks: it holds as many as there were nodes.
/// </summary>
internal sealed class StringPool
{
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
            _hints.Add(key, known);
        }

        return known;
    }

    // A name has no comma.
    private static string Key(IReadOnlyList<HintTarget> targets) => targets is [HintTarget one] ? one.Name : string.Join(',', targets.Select(t => t.Name));

    private ImmutableArray<string> Names(IReadOnlyList<HintTarget> targets) => [.. targets.Select(t => Get(t.Name)!)];
}
