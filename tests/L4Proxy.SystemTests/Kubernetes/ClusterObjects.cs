namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>Small objects, as users and controllers write them.</summary>
internal static class ClusterObjects
{
    public const string Namespace = "shop";

    /// <summary>A Service with one port.</summary>
    /// <param name="name">In namespace shop.</param>
    /// <param name="port">The Service's port.</param>
    /// <param name="spec">More of its spec, in YAML's flow style.</param>
    public static string Service(string name, int port = 80, string spec = "type: ClusterIP") => $$"""
        apiVersion: v1
        kind: Service
        metadata: {name: {{name}}, namespace: {{Namespace}} }
        spec: {ports: [{name: http, port: {{port}} }], {{spec}} }

        """;

    /// <summary>The EndpointSlice of a Service.</summary>
    public static string Slice(string service, int port, params IEnumerable<string> addresses)
    {
        string endpoints = string.Join(", ", addresses.Select(a => $"{{addresses: [{a}], conditions: {{ready: true}}}}"));
        return $$"""
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: {{service}}-1, namespace: {{Namespace}}, labels: { kubernetes.io/service-name: {{service}} } }
            addressType: IPv4
            ports: [{name: http, port: {{port}} }]
            endpoints: [{{endpoints}}]

            """;
    }

    /// <summary>Both, to be applied together.</summary>
    public static string ServiceWithSlice(string name, int port, params IEnumerable<string> addresses) =>
        $"{Service(name)}---\n{Slice(name, port, addresses)}";
}
