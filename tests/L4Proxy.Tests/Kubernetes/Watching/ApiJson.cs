namespace L4Proxy.Tests.Kubernetes.Watching;

/// <summary>Texts of the API server, in its form.</summary>
internal static class ApiJson
{
    public static string Status(int code, string message = "no") =>
        $$"""{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"{{message}}","code":{{code}}}""";

    public static string Service(string name, int version, int port = 80, string ns = "default") =>
        $$$"""{"metadata":{"name":"{{{name}}}","namespace":"{{{ns}}}","uid":"u-{{{name}}}","resourceVersion":"{{{version}}}","managedFields":[{"manager":"kubectl","fieldsV1":{"f:spec":{} } }]},"""
        + $$$"""
             "spec":{"ports":[{"name":"http","protocol":"TCP","port":{{{port}}},"targetPort":8080}],"clusterIP":"10.96.0.1","clusterIPs":["10.96.0.1"],"type":"ClusterIP","sessionAffinity":"None","ipFamilies":["IPv4"]},"status":{"loadBalancer":{} } }
             """;

    public static string Slice(string name, string service, int version, string[] addresses, string? triggered = null)
    {
        string annotations = triggered is null ? "" : ",\"annotations\":{\"endpoints.kubernetes.io/last-change-trigger-time\":\"" + triggered + "\"}";
        string endpoints = string.Join(',', addresses.Select(a => $$$"""{"addresses":["{{{a}}}"],"conditions":{"ready":true},"nodeName":"node-a"}"""));
        return $$$"""{"metadata":{"name":"{{{name}}}","namespace":"default","resourceVersion":"{{{version}}}","labels":{"kubernetes.io/service-name":"{{{service}}}"}"""
            + annotations
            + $$$"""},"addressType":"IPv4","endpoints":[{{{endpoints}}}],"ports":[{"name":"http","protocol":"TCP","port":8080}]}""";
    }

    public static string Node(string name, int version) =>
        $$$"""{"metadata":{"name":"{{{name}}}","resourceVersion":"{{{version}}}","labels":{"topology.kubernetes.io/zone":"zone-1"}},"spec":{"podCIDRs":["10.244.1.0/24"] } }""";

    public static string List(int version, params string[] items) => ListPage(version, null, items);

    public static string ListPage(int version, string? next, params string[] items)
    {
        string token = next is null ? "" : $",\"continue\":\"{next}\",\"remainingItemCount\":9";
        return $$$"""{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"{{{version}}}"{{{token}}} },"items":[{{{string.Join(',', items)}}}]}""";
    }

    public static string Event(string type, string item) => $$"""{"type":"{{type}}","object":{{item}}}""";

    public static string Bookmark(int version) =>
        $$$"""{"type":"BOOKMARK","object":{"kind":"Service","apiVersion":"v1","metadata":{"resourceVersion":"{{{version}}}"},"spec":{},"status":{"loadBalancer":{} } } }""";

    public static string InitialEnd(int version) =>
        $$$"""{"type":"BOOKMARK","object":{"kind":"Service","apiVersion":"v1","metadata":{"resourceVersion":"{{{version}}}","annotations":{"k8s.io/initial-events-end":"true"}},"spec":{} } }""";
}
