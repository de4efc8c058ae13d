using System.Text.Json;
using L4Proxy.ControlPlane.Manifests;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Writes YAML values as JSON.</summary>
internal static class JsonText
{
    public static void Write(Utf8JsonWriter writer, ManifestNode node)
    {
        switch (node)
        {
            case ManifestMapping mapping:
                writer.WriteStartObject();
                foreach ((string key, ManifestNode value) in mapping.Entries)
                {
                    writer.WritePropertyName(key);
                    Write(writer, value);
                }

                writer.WriteEndObject();
                break;
            case ManifestSequence sequence:
                writer.WriteStartArray();
                foreach (ManifestNode item in sequence.Items)
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case ManifestScalar scalar:
                Write(writer, scalar);
                break;
            default:
                break;
        }
    }

    private static void Write(Utf8JsonWriter writer, ManifestScalar scalar)
    {
        if (scalar.IsNull)
        {
            writer.WriteNullValue();
        }
        else if (scalar.AsBool is { } truth)
        {
            writer.WriteBooleanValue(truth);
        }
        else if (scalar.AsInteger is { } number)
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            // Fractions stay as they were written, as text: no plugin is known that takes one.
            writer.WriteStringValue(scalar.Text);
        }
    }
}
