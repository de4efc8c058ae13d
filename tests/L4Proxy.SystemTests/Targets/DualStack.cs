using System.Text.Json.Nodes;

namespace L4Proxy.SystemTests.Targets;

/// <summary>Clusters of IPv6 and of both families, from one of IPv4.</summary>
internal static class DualStack
{
    /// <summary>The lists that have an entry for each family.</summary>
    private static readonly string[] s_lists = ["clusterIPs", "externalIPs", "loadBalancerSourceRanges", "ipFamilies"];

    /// <summary>The objects in a text of IPv4, in IPv6; the slices of IPv6 in it, which no Service has a use for, become ones of IPv4.</summary>
    public static string Twin(string text)
    {
        const string Ours = "addressType: IPv4";
        const string Others = "addressType: IPv6";
        const string OthersOwn = "\"fd00:60:1::50\"";
        if (!text.Contains(OthersOwn, StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"no slice with {OthersOwn}");
        }

        return IPv6Twin.Of(text)
            .Replace(Others, "addressType: other", StringComparison.Ordinal)
            .Replace(Ours, Others, StringComparison.Ordinal)
            .Replace("addressType: other", Ours, StringComparison.Ordinal)
            .Replace(OthersOwn, "10.60.1.50", StringComparison.Ordinal);
    }

    /// <summary>Services with the addresses of both, and the slices of both.</summary>
    public static IReadOnlyList<JsonObject> Merge(IEnumerable<JsonObject> objects, IEnumerable<JsonObject> twins)
    {
        Dictionary<(string, string), JsonObject> twinOf = twins.ToDictionary(Key);
        List<JsonObject> merged = [];
        foreach (JsonObject o in objects)
        {
            JsonObject twin = twinOf[Key(o)];
            if ((string?)o["kind"] == "EndpointSlice")
            {
                // One slice of a foreign family is there to be ignored: it has no place in a cluster of both.
                if ((string?)o["addressType"] == "IPv4")
                {
                    twin["metadata"]!["name"] = $"{(string?)twin["metadata"]!["name"]}-6";
                    merged.AddRange(o, twin);
                }

                continue;
            }

            merged.Add((string?)o["kind"] == "Service" ? MergeService(o, twin) : MergeNode(o, twin));
        }

        return merged;
    }

    private static (string, string) Key(JsonObject o) => ((string)o["kind"]!, (string)o["metadata"]!["name"]!);

    private static JsonObject MergeService(JsonObject service, JsonObject twin)
    {
        JsonObject spec = service["spec"]!.AsObject();
        if ((string?)spec["clusterIP"] is not { } address || address == "None")
        {
            return service;
        }

        JsonObject other = twin["spec"]!.AsObject();
        spec["clusterIPs"] = new JsonArray(address);
        other["clusterIPs"] = new JsonArray((string)other["clusterIP"]!);
        spec["ipFamilies"] = new JsonArray("IPv4");
        other["ipFamilies"] = new JsonArray("IPv6");
        spec["ipFamilyPolicy"] = "RequireDualStack";
        foreach (string list in s_lists)
        {
            Append(spec[list] as JsonArray, other[list] as JsonArray);
        }

        Append(service["status"]?["loadBalancer"]?["ingress"] as JsonArray, twin["status"]?["loadBalancer"]?["ingress"] as JsonArray);
        return service;
    }

    private static JsonObject MergeNode(JsonObject node, JsonObject twin)
    {
        Append(node["spec"]!["podCIDRs"]!.AsArray(), twin["spec"]!["podCIDRs"]!.AsArray());
        Append(node["status"]!["addresses"]!.AsArray(), twin["status"]!["addresses"]!.AsArray());
        return node;
    }

    private static void Append(JsonArray? list, JsonArray? more)
    {
        foreach (JsonNode? item in more ?? [])
        {
            list!.Add(item?.DeepClone());
        }
    }
}
