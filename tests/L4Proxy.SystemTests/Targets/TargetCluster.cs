using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using L4Proxy.Testing;
using L4Proxy.Testing.Kubernetes;

namespace L4Proxy.SystemTests.Targets;

/// <summary>The objects of a cluster, in a form that <c>--manifests</c> reads, and the addresses around them.</summary>
internal sealed class TargetCluster
{
    private static readonly string s_recordings = Path.GetFullPath(Repository.PathOf("..", "shared", "kube-reference"));

    private TargetCluster(AddressPlan plan, IReadOnlyList<AddressPlan> plans, IEnumerable<JsonObject> objects, string endpoints)
    {
        Plan = plan;
        Plans = plans;

        // As they are read from a file: a number is any kind of number.
        Objects = [.. objects.Select(o => JsonNode.Parse(o.ToJsonString())!.AsObject())];
        Endpoints = EndpointsOf(JsonText.ReadObjects(endpoints));
    }

    /// <summary>Whether there are recordings of a real cluster beside the repository.</summary>
    public static bool HasRecordings => Directory.Exists(s_recordings);

    /// <summary>The plan of IPv4, from which a <see cref="NodeTopology"/> is made.</summary>
    public AddressPlan Plan { get; }

    /// <summary>The plans of the families that its Services have.</summary>
    public IReadOnlyList<AddressPlan> Plans { get; }

    public IReadOnlyList<JsonObject> Objects { get; }

    public IEnumerable<JsonObject> Services => Objects.Where(o => (string?)o["kind"] == "Service");

    public IEnumerable<JsonObject> Slices => Objects.Where(o => (string?)o["kind"] == "EndpointSlice");

    public JsonObject Node => Objects.First(o => (string?)o["kind"] == "Node" && (string?)o["metadata"]!["name"] == Plan.NodeName);

    /// <summary>Addresses of IPv4 of all endpoints, those that nobody may be led to included; a topology has their twins, too.</summary>
    public IReadOnlyList<IPAddress> Endpoints { get; }

    /// <summary>The cluster of <c>tests/cases/cluster</c>: as it is, in IPv6 alone, or in both families.</summary>
    public static TargetCluster Own(ClusterFamilies families)
    {
        string text = string.Join(
            "\n---\n",
            ((string[])["nodes", "services", "slices"]).Select(name => File.ReadAllText(Repository.PathOf("tests", "cases", "cluster", $"{name}.yaml"))));
        AddressPlan plan = AddressPlan.Own;
        return families switch
        {
            ClusterFamilies.IPv4 => new TargetCluster(plan, [plan], JsonText.ReadObjects(text), text),
            ClusterFamilies.IPv6 => new TargetCluster(plan, [plan.ToIPv6()], JsonText.ReadObjects(DualStack.Twin(text)), text),
            _ => new TargetCluster(plan, [plan, plan.ToIPv6()], DualStack.Merge(JsonText.ReadObjects(text), JsonText.ReadObjects(DualStack.Twin(text))), text),
        };
    }

    /// <summary>The cluster that kube-proxy was recorded in, but for its own API server, which answered elsewhere.</summary>
    public static TargetCluster Recorded() => new(
        AddressPlan.Recorded,
        [AddressPlan.Recorded],
        [
            .. ((string[])["nodes", "services", "endpointslices"])
                .SelectMany(name => JsonText.ReadObjects(File.ReadAllText(Recording("cluster", $"{name}.json"))))
                .Where(o => (string?)o["metadata"]!["namespace"] != "default"),
        ],
        File.ReadAllText(Recording("cluster", "endpointslices.json")));

    /// <summary>The path of a recording.</summary>
    public static string Recording(params ReadOnlySpan<string> parts) => Path.Combine([s_recordings, .. parts]);

    /// <summary>Writes all objects into a file of a folder.</summary>
    public void WriteTo(string folder)
    {
        JsonObject list = new() { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = new JsonArray([.. Objects.Select(o => o.DeepClone())]) };
        File.WriteAllText(Path.Combine(folder, "cluster.json"), list.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }

    private static IReadOnlyList<IPAddress> EndpointsOf(IEnumerable<JsonObject> objects) =>
    [
        .. from slice in objects
           where (string?)slice["addressType"] == "IPv4"
           from endpoint in slice["endpoints"] as JsonArray ?? []
           select IPAddress.Parse((string)endpoint!["addresses"]![0]!),
    ];
}
