using System.Net;
using System.Text.Json.Nodes;
using L4Proxy.Testing;
using L4Proxy.Testing.Kubernetes;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>
/// The cluster of <c>tests/cases/cluster</c>: twenty-five Services, one for each feature, on two nodes, and where
/// kube-proxy v1.36 leads their clients on each node.
/// </summary>
internal static class ReferenceCluster
{
    /// <summary>The network of all Pods.</summary>
    public const string PodNetwork = "10.60.0.0/16";

    /// <summary>The node that most tests are on.</summary>
    public const string Node = "worker-1";

    private const string Nodes = """
        apiVersion: v1
        kind: Node
        metadata: {name: worker-1, labels: {topology.kubernetes.io/zone: north}}
        spec: {podCIDR: 10.60.1.0/24, podCIDRs: [10.60.1.0/24]}
        status: {addresses: [{type: InternalIP, address: 192.168.60.1}]}
        ---
        apiVersion: v1
        kind: Node
        metadata: {name: worker-2, labels: {topology.kubernetes.io/zone: south}}
        spec: {podCIDR: 10.60.2.0/24, podCIDRs: [10.60.2.0/24]}
        status: {addresses: [{type: InternalIP, address: 192.168.60.2}]}
        """;

    /// <summary>Puts all objects into a server.</summary>
    public static void Load(FakeApiServer api)
    {
        api.Apply(Nodes);
        api.Apply(File.ReadAllText(PathOf("services.yaml")));
        api.Apply(File.ReadAllText(PathOf("slices.yaml")));
    }

    /// <summary>What <c>l4proxy table</c> is expected to show on a node, as <see cref="TableListing"/> writes it.</summary>
    public static string Listing(string node) => File.ReadAllText(PathOf($"{node}.txt"));

    /// <summary>Every address and port of TCP that any slice names, those that nobody may be led to included.</summary>
    public static IEnumerable<IPEndPoint> Backends(FakeApiServer api) =>
        from slice in api.GetAll("endpointslices")
        where (string?)slice["addressType"] == "IPv4"
        from port in slice["ports"] as JsonArray ?? []
        where (string?)port!["protocol"] == "TCP"
        from endpoint in slice["endpoints"] as JsonArray ?? []
        from address in endpoint!["addresses"]!.AsArray()
        select new IPEndPoint(IPAddress.Parse((string)address!), (int)port!["port"]!);

    private static string PathOf(string name) => Repository.PathOf("tests", "cases", "cluster", name);
}
