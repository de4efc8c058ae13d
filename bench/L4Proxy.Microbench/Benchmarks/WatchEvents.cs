using System.Text;

namespace L4Proxy.Microbench.Benchmarks;

/// <summary>Lines of watches as an API server sends them, managed fields and all.</summary>
internal static class WatchEvents
{
    private const string ManagedFields =
        """
        "managedFields":[{"manager":"kube-controller-manager","operation":"Update","apiVersion":"v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:ports":{".":{},"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:name":{},"f:port":{}}}}}}]
        """;

    public static byte[] Service(int number) => Encoding.UTF8.GetBytes(
        $$$"""
        {"type":"MODIFIED","object":{"apiVersion":"v1","kind":"Service","metadata":{"name":"service-{{{number:D5}}}","namespace":"bench","uid":"6f1f1d3c-6f0b-4e0f-9d53-{{{number:D12}}}","resourceVersion":"{{{1000 + number}}}","creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"service-{{{number:D5}}}"},{{{ManagedFields}}}},"spec":{"type":"ClusterIP","clusterIP":"{{{Entries.Address(96, number)}}}","clusterIPs":["{{{Entries.Address(96, number)}}}"],"ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack","internalTrafficPolicy":"Cluster","sessionAffinity":"None","selector":{"app":"service-{{{number:D5}}}"},"ports":[{"name":"http","protocol":"TCP","port":80,"targetPort":8080}]},"status":{"loadBalancer":{} } } }
        """);

    /// <param name="number">Of the Service.</param>
    /// <param name="endpoints">How many.</param>
    /// <param name="shift">Makes the addresses others.</param>
    public static byte[] Slice(int number, int endpoints, int shift = 0) => Encoding.UTF8.GetBytes(
        $$$"""
        {"type":"MODIFIED","object":{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"service-{{{number:D5}}}-x7k2p","namespace":"bench","uid":"9a5e2c1b-3f5e-4a5d-8f11-{{{number:D12}}}","resourceVersion":"{{{2000 + number}}}","generation":4,"labels":{"endpointslice.kubernetes.io/managed-by":"endpointslice-controller.k8s.io","kubernetes.io/service-name":"service-{{{number:D5}}}"},{{{ManagedFields}}}},"addressType":"IPv4","ports":[{"name":"http","protocol":"TCP","port":8080}],"endpoints":[{{{string.Join(',', Enumerable.Range(0, endpoints).Select(i => Endpoint(number, i, (number * endpoints) + i + shift)))}}}]}}
        """);

    private static string Endpoint(int service, int index, int address) =>
        $$$"""
        {"addresses":["{{{Entries.Address(128, address)}}}"],"conditions":{"ready":true,"serving":true,"terminating":false},"nodeName":"node-{{{index % 10}}}","zone":"zone-{{{index % 3}}}","targetRef":{"kind":"Pod","namespace":"bench","name":"service-{{{service:D5}}}-{{{index}}}","uid":"0b4f2f0e-57a7-4f3e-9a52-{{{address:D12}}}"}}
        """;
}
