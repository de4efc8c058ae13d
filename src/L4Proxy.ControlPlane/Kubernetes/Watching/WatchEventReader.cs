using System.Text.Json;
using L4Proxy.ControlPlane.Kubernetes.Json;

namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>Takes the line of one watch event apart.</summary>
internal static class WatchEventReader
{
    /// <summary>Type of the event and the JSON of its object, which is well-formed.</summary>
    /// <exception cref="JsonException">The line is no watch event.</exception>
    public static WatchEventType Read(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> value)
    {
        Utf8JsonReader reader = new(line);
        WatchEventType? type = null;
        value = default;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException();
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isType = reader.Is("type"u8);
            bool isObject = reader.Is("object"u8);
            reader.Read();
            if (isType)
            {
                type = TypeOf(ref reader);
            }
            else
            {
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                value = isObject ? line[start..(int)reader.BytesConsumed] : value;
            }
        }

        if (reader.Read() || type is null || value.IsEmpty)
        {
            throw new JsonException();
        }

        return type.Value;
    }

    private static WatchEventType TypeOf(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw new JsonException();
        }

        return reader.Is("ADDED"u8) ? WatchEventType.Added
            : reader.Is("MODIFIED"u8) ? WatchEventType.Modified
            : reader.Is("DELETED"u8) ? WatchEventType.Deleted
            : reader.Is("BOOKMARK"u8) ? WatchEventType.Bookmark
            : reader.Is("ERROR"u8) ? WatchEventType.Error
            : WatchEventType.Unknown;
    }
}
