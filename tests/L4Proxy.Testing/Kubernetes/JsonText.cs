using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>Reads manifests (YAML, JSON is YAML too) as JSON, and says how JSON is written.</summary>
public static class JsonText
{
    /// <summary>Compact, and only escaped where it must be, like Go's.</summary>
    public static readonly JsonSerializerOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All objects in the text: documents, and the items of lists.</summary>
    public static IEnumerable<JsonObject> ReadObjects(string text)
    {
        foreach (JsonObject document in ReadDocuments(text))
        {
            if (document["items"] is not JsonArray items)
            {
                yield return document;
                continue;
            }

            foreach (JsonNode? item in items)
            {
                JsonObject o = item!.DeepClone().AsObject();
                if (!o.ContainsKey("kind"))
                {
                    string kind = (string)document["kind"]!;
                    o["kind"] = kind[..^"List".Length];
                    o["apiVersion"] = (string)document["apiVersion"]!;
                }

                yield return o;
            }
        }
    }

    /// <summary>All documents in the text, empty ones left out.</summary>
    private static IEnumerable<JsonObject> ReadDocuments(string text)
    {
        if (TryParseJson(text) is { } json)
        {
            yield return json;
            yield break;
        }

        YamlStream stream = [];
        stream.Load(new StringReader(text));
        foreach (YamlDocument document in stream.Documents)
        {
            if (Convert(document.RootNode) is JsonObject o)
            {
                yield return o;
            }
        }
    }

    /// <summary>Large lists come as JSON, for which the YAML parser takes its time; what looks like it may be YAML after all.</summary>
    private static JsonObject? TryParseJson(string text)
    {
        try
        {
            return text.AsSpan().TrimStart() is ['{', ..] ? JsonNode.Parse(text) as JsonObject : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(
            mapping.Children.Select(c => KeyValuePair.Create(((YamlScalarNode)c.Key).Value!, Convert(c.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => Resolve(scalar.Value ?? ""),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new NotSupportedException($"YAML {node.NodeType}"),
    };

    private static JsonValue? Resolve(string plain)
    {
        if (plain is "" or "~" or "null")
        {
            return null;
        }

        if (plain is "true" or "false")
        {
            return JsonValue.Create(plain == "true");
        }

        return long.TryParse(plain, out long number) ? JsonValue.Create(number) : JsonValue.Create(plain);
    }
}
