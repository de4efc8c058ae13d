using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>
/// One version of an object. It is serialised once, without kind and apiVersion, because lists leave those out and
/// events do not; all answers share these bytes.
/// </summary>
internal sealed class StoredObject
{
    private static readonly JsonWriterOptions s_writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private StoredObject(KubeResource resource, JsonObject json, byte[] fields)
    {
        JsonObject metadata = json["metadata"]!.AsObject();
        Resource = resource;
        Name = (string)metadata["name"]!;
        Namespace = (string?)metadata["namespace"];
        Key = KeyOf(Namespace, Name);
        Version = long.Parse((string)metadata["resourceVersion"]!);
        Labels = (metadata["labels"] as JsonObject)?.ToDictionary(l => l.Key, l => (string?)l.Value ?? "", StringComparer.Ordinal);
        ClusterIP = (string?)(json["spec"] as JsonObject)?["clusterIP"];
        NodeName = (string?)(json["spec"] as JsonObject)?["nodeName"];
        Fields = fields;
    }

    public KubeResource Resource { get; }

    /// <summary>Namespace and name as the storage sorts them.</summary>
    public string Key { get; }

    public string? Namespace { get; }

    public string Name { get; }

    public long Version { get; }

    public IReadOnlyDictionary<string, string>? Labels { get; }

    public string? ClusterIP { get; }

    public string? NodeName { get; }

    /// <summary>The object in UTF-8 from <c>"metadata"</c> to the closing brace, which is included.</summary>
    public ReadOnlyMemory<byte> Fields { get; }

    public static string KeyOf(string? ns, string name) => ns is null ? name : $"{ns}/{name}";

    /// <summary>Serialises an object that is complete: with name, uid and resourceVersion.</summary>
    public static StoredObject From(KubeResource resource, JsonObject json)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter writer = new(buffer, s_writing))
        {
            writer.WriteStartObject();
            foreach ((string name, JsonNode? value) in json)
            {
                if (name is not ("kind" or "apiVersion"))
                {
                    writer.WritePropertyName(name);
                    Write(writer, value);
                }
            }

            writer.WriteEndObject();
        }

        // Without the opening brace: in front of it goes either a brace alone or the kind.
        return new StoredObject(resource, json, buffer.ToArray()[1..]);
    }

    /// <summary>The whole object, kind and apiVersion included, as a copy of one's own.</summary>
    public JsonObject ToJson()
    {
        JsonObject json = JsonNode.Parse(Item())!.AsObject();
        json.Insert(0, "kind", Resource.Kind);
        json.Insert(1, "apiVersion", Resource.ApiVersion);
        return json;
    }

    /// <summary>The same object with another resourceVersion.</summary>
    public StoredObject WithVersion(long version)
    {
        JsonObject json = ToJson();
        json["metadata"]!["resourceVersion"] = version.ToString();
        return From(Resource, json);
    }

    /// <summary>The object as it stands alone: in answers to GET and in events.</summary>
    public byte[] Whole() => Bytes.Join(Prefix(Resource), Fields.Span);

    public static byte[] Prefix(KubeResource resource) =>
        Bytes.Of($$"""{"kind":"{{resource.Kind}}","apiVersion":"{{resource.ApiVersion}}",""");

    private byte[] Item() => Bytes.Join("{"u8, Fields.Span);

    private static void Write(Utf8JsonWriter writer, JsonNode? value)
    {
        if (value is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            value.WriteTo(writer);
        }
    }
}
