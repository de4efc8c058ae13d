namespace L4Proxy.Tests.Kubernetes;

/// <summary>Small objects for tests of the server.</summary>
internal static class ApiObjects
{
    public static string Service(string ns, string name, string? clusterIP = null, string labels = "", string extra = "")
    {
        string address = clusterIP is null ? "" : $"clusterIP: {clusterIP}, ";
        return $$"""
            apiVersion: v1
            kind: Service
            metadata: {name: {{name}}, namespace: {{ns}}, labels: { {{labels}} } }
            spec: { {{address}}ports: [{name: http, port: 80, targetPort: 8080}] {{extra}} }
            """;
    }

    public static string Slice(string ns, string name, string service, params string[] addresses)
    {
        string endpoints = string.Join(", ", addresses.Select(a => $"{{addresses: [{a}], conditions: {{ready: true}}}}"));
        return $$"""
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: {{name}}, namespace: {{ns}}, labels: { kubernetes.io/service-name: {{service}} } }
            addressType: IPv4
            ports: [{name: http, port: 8080}]
            endpoints: [{{endpoints}}]
            """;
    }
}
