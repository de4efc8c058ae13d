using System.Net;

namespace L4Proxy.SystemTests;

/// <summary>Manifests of one Service with one port, as a user would write them.</summary>
internal static class ServiceManifest
{
    /// <summary>A Service, and its endpoints where they are given one by one.</summary>
    /// <param name="name">Name of the Service in the namespace default.</param>
    /// <param name="port">Its port.</param>
    /// <param name="annotations">Such as <c>l4proxy.io/balance: random</c>, a line each.</param>
    /// <param name="endpoints">Addresses; each becomes a slice of its own, because a slice has one port for all of its addresses.</param>
    public static string Write(string name, int port, string[] annotations, params IPEndPoint[] endpoints)
    {
        string notes = annotations.Length == 0 ? "" : $"  annotations:\n{string.Concat(annotations.Select(a => $"    {a}\n"))}";
        string service = $"""
            apiVersion: v1
            kind: Service
            metadata:
              name: {name}
            {notes}spec:
              clusterIP: 203.0.113.10
              ports:
              - port: {port}

            """;
        return service + string.Concat(endpoints.Select((endpoint, i) => $"""
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata:
              name: {name}-{i}
              labels:
                kubernetes.io/service-name: {name}
            addressType: {(endpoint.Address.GetAddressBytes().Length == 4 ? "IPv4" : "IPv6")}
            ports:
            - port: {endpoint.Port}
            endpoints:
            - addresses: ["{endpoint.Address}"]

            """));
    }
}
