using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Nodes and zones whose clients an endpoint is meant for (KEP-3015, KEP-2433). Shared by equal endpoints.</summary>
internal sealed record TopologyHints(ImmutableArray<string> Nodes, ImmutableArray<string> Zones)
{
    public bool LeadToNode(string name) => Nodes.Contains(name, StringComparer.Ordinal);

    public bool LeadToZone(string name) => Zones.Contains(name, StringComparer.Ordinal);
}
