using System.Globalization;
using System.Text.Json.Nodes;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>Fills in what the server fills in: metadata, and the defaults of the fields that a proxy reads.</summary>
internal sealed class ObjectDefaults
{
    private static readonly string[] s_metadataOrder =
    [
        "name", "generateName", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp",
        "labels", "annotations", "ownerReferences", "managedFields",
    ];

    private int _lastName;

    /// <summary>Where the object is kept; a namespace left out is "default", a name left out is generated.</summary>
    public string KeyOf(KubeResource resource, JsonObject json)
    {
        if (json["metadata"] is not JsonObject metadata)
        {
            throw ApiException.BadRequest("metadata is missing");
        }

        if (resource.IsNamespaced)
        {
            metadata["namespace"] ??= "default";
        }

        if (metadata["name"] is null && (string?)metadata["generateName"] is { } prefix)
        {
            metadata["name"] = $"{prefix}{++_lastName:x5}";
        }

        string name = (string?)metadata["name"] ?? throw ApiException.BadRequest("name is required");
        return StoredObject.KeyOf((string?)metadata["namespace"], name);
    }

    /// <summary>Completes an object that is to be stored.</summary>
    /// <returns>False if nothing would change.</returns>
    public bool Complete(KubeResource resource, JsonObject json, StoredObject? existing, long version)
    {
        JsonObject? before = existing?.ToJson();
        CarryOver(resource, json, before);
        if (resource == KubeResource.Services)
        {
            ServiceDefaults.Complete(json, version);
        }
        else if (resource == KubeResource.EndpointSlices)
        {
            CompleteSlice(json);
        }

        json.Remove("kind");
        json.Remove("apiVersion");
        CompleteMetadata(resource, json, before, version);
        return before is null || IsChanged(json, before);
    }

    private static void CarryOver(KubeResource resource, JsonObject json, JsonObject? before)
    {
        if (before is null)
        {
            return;
        }

        // The status is no part of what users write.
        if (json["status"] is null && before["status"] is { } status)
        {
            json["status"] = status.DeepClone();
        }

        if (resource == KubeResource.Services)
        {
            ServiceDefaults.CarryOver(json, before);
        }
    }

    private static void CompleteMetadata(KubeResource resource, JsonObject json, JsonObject? before, long version)
    {
        JsonObject metadata = json["metadata"]!.AsObject();
        JsonNode? old = before?["metadata"];
        metadata["uid"] = (old?["uid"] ?? metadata["uid"])?.DeepClone() ?? Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = (old?["creationTimestamp"] ?? metadata["creationTimestamp"])?.DeepClone()
            ?? DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        metadata["resourceVersion"] = version.ToString();
        if (resource.HasGeneration)
        {
            long generation = (long?)old?["generation"] ?? 0;
            metadata["generation"] = generation + (before is null || IsSpecChanged(json, before) ? 1 : 0);
        }

        JsonObject ordered = [];
        foreach (string name in s_metadataOrder.Concat(metadata.Select(m => m.Key)).ToArray())
        {
            // An empty map is left out, as the real server does.
            if (metadata[name] is { } value and not JsonObject { Count: 0 })
            {
                metadata.Remove(name);
                ordered[name] = value;
            }
        }

        json.Remove("metadata");
        json.Insert(0, "metadata", ordered);
    }

    private static void CompleteSlice(JsonObject slice)
    {
        slice["addressType"] ??= "IPv4";
        slice.TryAdd("endpoints", null);
        slice.TryAdd("ports", null);
        foreach (JsonNode? endpoint in slice["endpoints"] as JsonArray ?? [])
        {
            endpoint!["conditions"] ??= new JsonObject();
        }

        foreach (JsonNode? port in slice["ports"] as JsonArray ?? [])
        {
            port!["name"] ??= "";
            port["protocol"] ??= "TCP";
        }
    }

    private static bool IsChanged(JsonObject json, JsonObject before)
    {
        before.Remove("kind");
        before.Remove("apiVersion");
        before["metadata"]!["resourceVersion"] = (string)json["metadata"]!["resourceVersion"]!;
        return !JsonNode.DeepEquals(json, before);
    }

    private static bool IsSpecChanged(JsonObject json, JsonObject before) =>
        json.Where(f => f.Key is not ("metadata" or "status" or "kind" or "apiVersion"))
            .Any(f => !JsonNode.DeepEquals(f.Value, before[f.Key]));
}
