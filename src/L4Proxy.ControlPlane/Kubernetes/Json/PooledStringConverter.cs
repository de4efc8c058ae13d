using System.Text.Json;
using System.Text.Json.Serialization;

namespace L4Proxy.ControlPlane.Kubernetes.Json;

/// <summary>Reads strings through a pool.</summary>
internal sealed class PooledStringConverter(StringPool pool) : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.Pooled(pool);

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.Text();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
