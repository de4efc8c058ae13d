using System.Text.Json.Nodes;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>Clusters of any size: Services <c>svc-N</c> in namespaces <c>ns-0</c> to <c>ns-9</c>, each with one slice <c>svc-N-slice</c>.</summary>
public static class SampleCluster
{
    private const int Namespaces = 10;

    /// <summary>Services and their slices, ready for <see cref="FakeApiServer.Apply(IEnumerable{JsonObject})"/>.</summary>
    /// <param name="services">How many Services, up to 65536.</param>
    /// <param name="endpoints">Endpoints of each, up to 128.</param>
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
    /// <param name="endpoints">How many.</param>
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
        ["endpoints"] = new JsonArray([.. Enumerable.Range(0, endpoints).Select(i => Endpoint(service, i, i == endpoints - 1 ? generation % (129 - endpoints) : 0))]),
        ["ports"] = new JsonArray(new JsonObject { ["name"] = "http", ["protocol"] = "TCP", ["port"] = 8080 }),
    };

    /// <summary>The address of an endpoint: 10.128.0.0/9 has room for 128 of each of 65536 Services.</summary>
    /// <param name="service">Number of the Service.</param>
    /// <param name="endpoint">Number of the endpoint.</param>
    /// <param name="generation">Other generations have other addresses, 128 of them.</param>
    public static string AddressOf(int service, int endpoint, int generation = 0) =>
        $"10.{128 + ((endpoint + generation) % 128)}.{service / 256}.{service % 256}";

    private static JsonNode Endpoint(int service, int endpoint, int generation) => new JsonObject
    {
        ["addresses"] = new JsonArray(AddressOf(service, endpoint, generation)),
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
