using System.Text.Json.Nodes;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>
/// Clusters of any size: Services <c>svc-N</c> in namespaces <c>ns-0</c> to <c>ns-9</c>, each with one slice <c>svc-N-slice</c>.
/// </summary>
public static class SampleCluster
{
    private const int Namespaces = 10;

    /// <summary>10.128.0.0/9 has room for as many for each of 65536 Services.</summary>
    private const int AddressesOfEach = 128;

    /// <summary>Services and their slices, ready for <see cref="FakeApiServer.Apply(IEnumerable{JsonObject})"/>.</summary>
    /// <param name="services">How many Services, up to 65536.</param>
    /// <param name="endpoints">Endpoints of each, 1 to 128.</param>
    public static IEnumerable<JsonObject> Objects(int services, int endpoints)
    {
        for (int i = 0; i < services; i++)
        {
            yield return Service(i);
            yield return Slice(i, endpoints);
        }
    }

    public static string NamespaceOf(int service) => $"ns-{service % Namespaces}";

    public static string NameOf(int service) => $"svc-{service}";

    public static string SliceNameOf(int service) => $"svc-{service}-slice";

    public static JsonObject Service(int service) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Service",
        ["metadata"] = new JsonObject { ["name"] = NameOf(service), ["namespace"] = NamespaceOf(service) },
        ["spec"] = new JsonObject
        {
            ["clusterIP"] = $"10.96.{service / 256}.{service % 256}",
            ["selector"] = new JsonObject { ["app"] = NameOf(service) },
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "http", ["port"] = 80, ["targetPort"] = 8080 }),
        },
    };

    /// <param name="service">Number of the Service.</param>
    /// <param name="endpoints">How many, at least one.</param>
    /// <param name="generation">Changes the address of the last endpoint.</param>
    public static JsonObject Slice(int service, int endpoints, int generation = 0) => new()
    {
        ["apiVersion"] = "discovery.k8s.io/v1",
        ["kind"] = "EndpointSlice",
        ["metadata"] = new JsonObject
        {
            ["name"] = SliceNameOf(service),
            ["namespace"] = NamespaceOf(service),
            ["labels"] = new JsonObject
            {
                ["endpointslice.kubernetes.io/managed-by"] = "endpointslice-controller.k8s.io",
                ["kubernetes.io/service-name"] = NameOf(service),
            },
        },
        ["addressType"] = "IPv4",
        ["endpoints"] = new JsonArray(
        [
            .. Enumerable.Range(0, endpoints - 1).Select(i => Endpoint(service, i, i)),

            // The free addresses in turn.
            Endpoint(service, endpoints - 1, endpoints - 1 + (generation % (AddressesOfEach - endpoints + 1))),
        ]),
        ["ports"] = new JsonArray(new JsonObject { ["name"] = "http", ["protocol"] = "TCP", ["port"] = 8080 }),
    };

    /// <summary>One of the 128 addresses that a Service's endpoints can have; endpoint N begins with the Nth.</summary>
    public static string AddressOf(int service, int index) => $"10.{128 + index}.{service / 256}.{service % 256}";

    private static JsonObject Endpoint(int service, int endpoint, int address) => new JsonObject
    {
        ["addresses"] = new JsonArray(AddressOf(service, address)),
        ["conditions"] = new JsonObject { ["ready"] = true, ["serving"] = true, ["terminating"] = false },
        ["targetRef"] = new JsonObject
        {
            ["kind"] = "Pod",
            ["namespace"] = NamespaceOf(service),
            ["name"] = $"{NameOf(service)}-{endpoint}",
        },
        ["nodeName"] = endpoint % 2 == 0 ? "node-a" : "node-b",
        ["zone"] = endpoint % 2 == 0 ? "zone-1" : "zone-2",
    };
}
