using System.Buffers.Text;
using System.Text;

namespace L4Proxy.Loadbench.Backends;

/// <summary>What a backend has to know of a request.</summary>
/// <param name="AnswerBytes">Bytes of the body that are asked for; -1 for the small text.</param>
/// <param name="BodyBytes">Bytes of the body that follows.</param>
/// <param name="Closes">Whether the client wants no further exchange on the connection.</param>
internal readonly record struct BackendRequest(long AnswerBytes, long BodyBytes, bool Closes)
{
    /// <summary>Reads the head of a request; false when it is none that this server understands.</summary>
    /// <param name="text">From the request line to the empty line.</param>
    /// <param name="request">What it says.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out BackendRequest request)
    {
        request = default;
        int line = text.IndexOf("\r\n"u8);
        bool posts = text.StartsWith("POST /"u8);
        if ((!posts && !text.StartsWith("GET /"u8)) || !TryParsePath(text[..line], posts ? 6 : 5, out long answerBytes))
        {
            return false;
        }

        long bodyBytes = 0;
        bool closes = text[..line].EndsWith("HTTP/1.0"u8);
        for (text = text[(line + 2)..]; text.Length > 2; text = text[(line + 2)..])
        {
            line = text.IndexOf("\r\n"u8);
            if (IsField(text, "content-length:"u8, out ReadOnlySpan<byte> value))
            {
                if (!posts || !Utf8Parser.TryParse(value, out bodyBytes, out _) || bodyBytes < 0)
                {
                    return false;
                }
            }
            else if (IsField(text, "connection:"u8, out value))
            {
                closes = value.Length >= 5 && Ascii.EqualsIgnoreCase(value[..5], "close"u8);
            }
        }

        request = new BackendRequest(answerBytes, bodyBytes, closes);
        return true;
    }

    private static bool TryParsePath(ReadOnlySpan<byte> line, int start, out long bytes)
    {
        bytes = -1;
        int end = line[start..].IndexOf((byte)' ');
        ReadOnlySpan<byte> path = line.Slice(start, Math.Max(0, end));
        return end >= 0 && (path.IsEmpty || (Utf8Parser.TryParse(path, out bytes, out int used) && used == path.Length && bytes >= 0));
    }

    private static bool IsField(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        bool matches = text.Length > name.Length && Ascii.EqualsIgnoreCase(text[..name.Length], name);
        value = matches ? text[name.Length..].TrimStart((byte)' ') : [];
        return matches;
    }
}
