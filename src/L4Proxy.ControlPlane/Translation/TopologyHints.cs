using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Nodes and zones whose clients an endpoint is meant for (KEP-3015, KEP-2433). Shared by equal endpoints.</summary>
internal sealed record TopologyHints(ImmutableArray<string> Nodes, ImmutableArray<string> Zones)
{
    public bool LeadToNode(string name) => Nodes.Contains(name, StringComparer.Ordinal);

    public bool LeadToZone(string name) => Zones.Contains(name, StringComparer.Ordinal);

    /// <summary>Any total order; no hints come first.</summary>
    public static int Compare(TopologyHints? x, TopologyHints? y)
    {
        if (x is null || y is null)
        {
            return (x is null ? 0 : 1) - (y is null ? 0 : 1);
        }

        int order = Compare(x.Nodes, y.Nodes);
        return order != 0 ? order : Compare(x.Zones, y.Zones);
    }

    private static int Compare(ImmutableArray<string> x, ImmutableArray<string> y)
    {
        for (int i = 0; i < x.Length && i < y.Length; i++)
        {
            if (string.CompareOrdinal(x[i], y[i]) is not 0 and int order)
            {
                return order;
            }
        }

        return x.Length.CompareTo(y.Length);
    }
}
