using System.Text.Json;
using System.Text.Json.Serialization;

namespace L4Proxy.ControlPlane.Kubernetes.Json;

/// <summary>Reads lists of strings into arrays: the one address of an endpoint needs no list with room for four.</summary>
internal sealed class StringListConverter(StringPool pool) : JsonConverter<IReadOnlyList<string>>
{
    public override IReadOnlyList<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException();
        }

        string? first = null;
        List<string>? all = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            string text = reader.Pooled(pool);
            if (first is null)
            {
                first = text;
            }
            else
            {
                all ??= [first];
                all.Add(text);
            }
        }

        if (all is not null)
        {
            return all.ToArray();
        }

        return first is null ? [] : [first];
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (string text in value)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }
}
