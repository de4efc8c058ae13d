using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>Answers requests that change objects.</summary>
internal sealed class WriteHandler(ObjectStore store)
{
    /// <returns>HTTP status and the object.</returns>
    /// <exception cref="ApiException">Refused.</exception>
    public async Task<(int Status, byte[] Body)> ServeAsync(HttpContext context, ApiPath path, string verb)
    {
        if (verb == "delete")
        {
            return (StatusCodes.Status200OK, store.Delete(path.Resource, path.Namespace, Name(path)).Whole());
        }

        using StreamReader reader = new(context.Request.Body);
        JsonObject json = JsonText.ReadObjects(await reader.ReadToEndAsync(context.RequestAborted)).First();
        if (verb == "create")
        {
            if (path.Namespace is not null)
            {
                json["metadata"]!["namespace"] ??= path.Namespace;
            }

            return (StatusCodes.Status201Created, store.Create(path.Resource, json).Whole());
        }

        StoredObject stored = store.Update(
            path.Resource,
            path.Namespace,
            Name(path),
            current => verb == "patch" ? Merge(current, json, path.Subresource) : Replace(current, json, path.Subresource));
        return (StatusCodes.Status200OK, stored.Whole());
    }

    private static string Name(ApiPath path) => path.Name ?? throw ApiException.NoSuchPath();

    private static JsonObject Replace(JsonObject current, JsonObject json, string? subresource)
    {
        if (subresource != "status")
        {
            return json;
        }

        current["status"] = json["status"]?.DeepClone();
        return current;
    }

    /// <summary>JSON merge patch (RFC 7396); a strategic one is taken for the same, lists are replaced.</summary>
    private static JsonObject Merge(JsonObject current, JsonObject patch, string? subresource)
    {
        foreach (string key in patch.Select(p => p.Key).ToArray())
        {
            if (subresource == "status" && key != "status")
            {
                continue;
            }

            switch (patch[key])
            {
                case null:
                    current.Remove(key);
                    break;
                case JsonObject inner:
                    JsonObject before = (current[key] as JsonObject)?.DeepClone().AsObject() ?? [];
                    current[key] = Merge(before, inner, subresource: null);
                    break;
                case { } value:
                    current[key] = value.DeepClone();
                    break;
            }
        }

        return current;
    }
}
