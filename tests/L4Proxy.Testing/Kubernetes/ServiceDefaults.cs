using System.Net;
using System.Text.Json.Nodes;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>The defaults of a Service that the API server and its allocators fill in.</summary>
internal static class ServiceDefaults
{
    /// <summary>Timeout of sessionAffinity ClientIP in seconds: three hours.</summary>
    private const int DefaultAffinitySeconds = 10800;

    /// <summary>What the server has allocated stays when an update leaves it out.</summary>
    public static void CarryOver(JsonObject json, JsonObject before)
    {
        if (json["spec"] is JsonObject spec && before["spec"]?["clusterIP"] is { } address && spec["clusterIP"] is null
            && (string?)spec["type"] != "ExternalName")
        {
            spec["clusterIP"] = address.DeepClone();
            spec.TryAdd("clusterIPs", before["spec"]!["clusterIPs"]?.DeepClone());
        }
    }

    /// <param name="service">The Service.</param>
    /// <param name="version">From which addresses and ports that are to be allocated are derived.</param>
    public static void Complete(JsonObject service, long version)
    {
        service["spec"] ??= new JsonObject();
        JsonObject spec = service["spec"]!.AsObject();
        spec["type"] ??= "ClusterIP";
        spec["sessionAffinity"] ??= "None";
        string type = (string)spec["type"]!;
        CompletePorts(spec, type, version);
        if (type != "ExternalName")
        {
            CompleteAddresses(spec, version);
            spec["internalTrafficPolicy"] ??= "Cluster";
        }

        bool isExternal = type is "NodePort" or "LoadBalancer" || spec["externalIPs"] is JsonArray { Count: > 0 };
        if (isExternal)
        {
            spec["externalTrafficPolicy"] ??= "Cluster";
        }

        if (type == "LoadBalancer")
        {
            spec["allocateLoadBalancerNodePorts"] ??= true;
        }

        if ((string?)spec["sessionAffinity"] == "ClientIP" && spec["sessionAffinityConfig"] is null)
        {
            spec["sessionAffinityConfig"] =
                new JsonObject { ["clientIP"] = new JsonObject { ["timeoutSeconds"] = DefaultAffinitySeconds } };
        }

        service["status"] ??= new JsonObject();
        service["status"]!["loadBalancer"] ??= new JsonObject();
        foreach (JsonNode? ingress in service["status"]!["loadBalancer"]!["ingress"] as JsonArray ?? [])
        {
            if (ingress!["ip"] is not null)
            {
                ingress["ipMode"] ??= "VIP";
            }
        }
    }

    private static void CompletePorts(JsonObject spec, string type, long version)
    {
        bool needsNodePorts = type == "NodePort" || (type == "LoadBalancer" && (bool?)spec["allocateLoadBalancerNodePorts"] != false);
        int index = 0;
        foreach (JsonNode? port in spec["ports"] as JsonArray ?? [])
        {
            port!["protocol"] ??= "TCP";
            port["targetPort"] ??= port["port"]!.DeepClone();
            if (needsNodePorts)
            {
                // The default range of node ports, 30000 to 32767.
                port["nodePort"] ??= 30000 + ((version + index) % 2768);
            }

            index++;
        }
    }

    private static void CompleteAddresses(JsonObject spec, long version)
    {
        // 10.96.0.0/12 is the default of kubeadm; the upper half, out of the way of addresses that tests choose.
        spec["clusterIP"] ??= $"10.{104 + ((version >> 16) % 8)}.{(version >> 8) % 256}.{version % 256}";
        string address = (string)spec["clusterIP"]!;
        spec["clusterIPs"] ??= new JsonArray(address);
        spec["ipFamilies"] ??= new JsonArray(
            [.. spec["clusterIPs"]!.AsArray().Select(a => JsonValue.Create(FamilyOf((string)a!)))]);
        spec["ipFamilyPolicy"] ??= spec["ipFamilies"]!.AsArray().Count > 1 ? "RequireDualStack" : "SingleStack";
    }

    private static string FamilyOf(string address) =>
        IPAddress.TryParse(address, out IPAddress? parsed) && parsed.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
            ? "IPv6"
            : "IPv4";
}
