using System.Text.Json;
using System.Text.Json.Serialization;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Kubernetes.Json;

/// <summary>Leaves metadata to <see cref="ObjectHeaderReader"/>, which reads what no record holds as well.</summary>
internal sealed class SkippedMetadataConverter : JsonConverter<ObjectMeta>
{
    private static readonly ObjectMeta s_none = new();

    public override ObjectMeta Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        reader.Skip();
        return s_none;
    }

    public override void Write(Utf8JsonWriter writer, ObjectMeta value, JsonSerializerOptions options) =>
        throw new NotSupportedException();
}
