using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// One instance of each set of hints: a cluster has few of them, and its endpoints repeat them a hundred thousand times.
/// Begins anew when it is full: whoever may write EndpointSlices may name any.
/// </summary>
internal sealed class HintPool
{
    /// <summary>Several times the nodes of the largest cluster that Kubernetes supports (5000).</summary>
    private const int Capacity = 20_000;

    private readonly Dictionary<(string Nodes, string Zones), TopologyHints> _hints = [];

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
            if (_hints.Count == Capacity)
            {
                _hints.Clear();
            }

            _hints.Add(key, known);
        }

        return known;
    }

    // A name has no comma.
    private static string Key(IReadOnlyList<HintTarget> targets) => targets is [HintTarget one] ? one.Name : string.Join(',', targets.Select(t => t.Name));

    private static ImmutableArray<string> Names(IReadOnlyList<HintTarget> targets) => [.. targets.Select(t => t.Name)];
}
