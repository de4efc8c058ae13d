using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace L4Proxy.ClusterBench;

/// <summary>The objects of a large cluster, as its controllers write them.</summary>
internal static class ClusterObjects
{
    public const string Namespace = "load";

    /// <summary>Two nodes, so that the proxy knows who it is.</summary>
    public static IEnumerable<JsonObject> Nodes() => Enumerable.Range(0, 2).Select(i => new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Node",
        ["metadata"] = new JsonObject { ["name"] = $"node-{i}", ["labels"] = new JsonObject { ["topology.kubernetes.io/zone"] = $"zone-{i}" } },
        ["spec"] = new JsonObject { ["podCIDRs"] = new JsonArray($"10.244.{i}.0/24") },
    });

    public static JsonObject Service(string name, int index) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Service",
        ["metadata"] = new JsonObject { ["namespace"] = Namespace, ["name"] = name },
        ["spec"] = new JsonObject
        {
            ["type"] = "ClusterIP",
            ["clusterIP"] = ClusterIP(index),
            ["clusterIPs"] = new JsonArray(ClusterIP(index)),
            ["ipFamilies"] = new JsonArray("IPv4"),
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "http", ["protocol"] = "TCP", ["port"] = 80, ["targetPort"] = 8080 }),
        },
    };

    public static JsonObject Slice(string service, IEnumerable<IPEndPoint> endpoints)
    {
        IPEndPoint[] all = [.. endpoints];
        return new JsonObject
        {
            ["apiVersion"] = "discovery.k8s.io/v1",
            ["kind"] = "EndpointSlice",
            ["metadata"] = new JsonObject
            {
                ["namespace"] = Namespace,
                ["name"] = $"{service}-x7k2p",
                ["labels"] = new JsonObject { ["kubernetes.io/service-name"] = service },
                ["annotations"] = new JsonObject
                {
                    ["endpoints.kubernetes.io/last-change-trigger-time"] =
                        DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture),
                },
            },
            ["addressType"] = "IPv4",
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "http", ["protocol"] = "TCP", ["port"] = all[0].Port }),
            ["endpoints"] = new JsonArray([.. all.Select((e, i) => Endpoint(service, e, i))]),
        };
    }

    /// <summary>Addresses of Pods that nobody dials.</summary>
    public static IEnumerable<IPEndPoint> Pods(int service, int count, int generation) => Enumerable.Range(0, count)
        .Select(i => (uint)(((service * count) + i + (generation * 7)) & 0xFFFFF))
        .Select(n => new IPEndPoint(new IPAddress([10, (byte)(128 + (n >> 16)), (byte)(n >> 8), (byte)n]), 8080));

    private static string ClusterIP(int index) => $"10.{96 + (index >> 16)}.{(index >> 8) & 255}.{index & 255}";

    private static JsonObject Endpoint(string service, IPEndPoint endpoint, int index) => new()
    {
        ["addresses"] = new JsonArray(endpoint.Address.ToString()),
        ["conditions"] = new JsonObject { ["ready"] = true, ["serving"] = true, ["terminating"] = false },
        ["nodeName"] = $"node-{index % 2}",
        ["zone"] = $"zone-{index % 2}",
        ["targetRef"] = new JsonObject { ["kind"] = "Pod", ["namespace"] = Namespace, ["name"] = $"{service}-{index}" },
    };
}
