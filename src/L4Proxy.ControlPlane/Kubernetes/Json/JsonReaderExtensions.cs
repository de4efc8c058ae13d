using System.Text.Json;

namespace L4Proxy.ControlPlane.Kubernetes.Json;

/// <summary>Steps that several readers take.</summary>
internal static class JsonReaderExtensions
{
    /// <summary>The string at the reader, from a pool.</summary>
    /// <exception cref="JsonException">It is no string.</exception>
    public static string Pooled(this ref Utf8JsonReader reader, StringPool pool)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw new JsonException();
        }

        return reader.HasValueSequence || reader.ValueIsEscaped ? reader.GetString()! : pool.Get(reader.ValueSpan);
    }

    /// <summary>The string at the reader.</summary>
    /// <exception cref="JsonException">It is no string, or not UTF-8.</exception>
    public static string Text(this ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("not UTF-8", e);
        }
    }

    /// <summary>
    /// Whether the text at the reader is a name of the API. Those are never written with escapes, and an escape need not
    /// stand for a character.
    /// </summary>
    public static bool Is(this ref Utf8JsonReader reader, ReadOnlySpan<byte> name) => !reader.ValueIsEscaped && reader.ValueTextEquals(name);
}
