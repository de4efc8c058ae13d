using System.Net;
using System.Text.Json.Nodes;

namespace L4Proxy.SystemTests.Targets;

/// <summary>An endpoint of a slice, for one port.</summary>
internal sealed record EndpointModel(IPEndPoint Address, bool IsReady, bool IsServing, bool IsTerminating, string? Node, string[] Zones, string[] Nodes)
{
    public static EndpointModel From(JsonNode endpoint, int port)
    {
        JsonNode? conditions = endpoint["conditions"];
        bool isReady = (bool?)conditions?["ready"] ?? true;
        return new EndpointModel(
            new IPEndPoint(IPAddress.Parse((string)endpoint["addresses"]![0]!), port),
            isReady,
            (bool?)conditions?["serving"] ?? isReady,
            (bool?)conditions?["terminating"] ?? false,
            (string?)endpoint["nodeName"],
            Names(endpoint["hints"]?["forZones"]),
            Names(endpoint["hints"]?["forNodes"]));
    }

    /// <summary>Those that are ready; when there are none, those that still serve while they terminate (KEP-1669).</summary>
    public static IReadOnlyList<EndpointModel> Usable(IReadOnlyCollection<EndpointModel> endpoints) =>
        endpoints.Any(e => e.IsReady) ? [.. endpoints.Where(e => e.IsReady)] : [.. endpoints.Where(e => e.IsServing && e.IsTerminating)];

    /// <summary>
    /// Of those that are ready, the ones with a hint for a node or its zone, if all have hints and some are for it (KEP-2433, KEP-3015).
    /// </summary>
    public static IReadOnlyCollection<EndpointModel> Near(IReadOnlyCollection<EndpointModel> endpoints, string node, string zone)
    {
        EndpointModel[] ready = [.. endpoints.Where(e => e.IsReady)];
        return ready.All(e => e.Nodes.Length > 0) && ready.Any(e => e.Nodes.Contains(node)) ? [.. ready.Where(e => e.Nodes.Contains(node))]
            : ready.All(e => e.Zones.Length > 0) && ready.Any(e => e.Zones.Contains(zone)) ? [.. ready.Where(e => e.Zones.Contains(zone))]
            : endpoints;
    }

    private static string[] Names(JsonNode? hints) => [.. (hints?.AsArray() ?? []).Select(h => (string)h!["name"]!)];
}
