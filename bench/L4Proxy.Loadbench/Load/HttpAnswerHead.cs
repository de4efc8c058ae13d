using System.Buffers.Text;
using System.Text;

namespace L4Proxy.Loadbench.Load;

/// <summary>What a client has to know of the head of an HTTP/1.x answer (RFC 9112): its status, and where its body ends.</summary>
internal readonly ref struct HttpAnswerHead
{
    /// <summary>Length of <c>HTTP/1.1 200</c>.</summary>
    private const int StatusLineLength = 12;

    public int Status { get; private init; }

    /// <summary>-1 where the head has none.</summary>
    public long ContentLength { get; private init; }

    public bool IsChunked { get; private init; }

    /// <summary>Whether the server closes after this answer.</summary>
    public bool Closes { get; private init; }

    /// <summary>Whether the answer has no body whatever its fields say (RFC 9110, 6.4.1).</summary>
    public bool IsBodiless => Status is < 200 or 204 or 304;

    /// <summary>Reads a head.</summary>
    /// <param name="text">From the status line to the empty line.</param>
    /// <param name="head">What it says.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out HttpAnswerHead head)
    {
        head = default;
        if (text.Length < StatusLineLength || !text.StartsWith("HTTP/1."u8)
            || !Utf8Parser.TryParse(text[9..StatusLineLength], out int status, out int digits) || digits != 3)
        {
            return false;
        }

        long contentLength = -1;
        bool chunked = false;
        bool closes = text[7] == (byte)'0';
        for (int feed = text.IndexOf((byte)'\n'); feed >= 0; feed = text.IndexOf((byte)'\n'))
        {
            text = text[(feed + 1)..];
            if (FieldOf(text, "content-length:"u8) is { IsEmpty: false } length)
            {
                if (!Utf8Parser.TryParse(length, out contentLength, out int used) || used != length.Length || contentLength < 0)
                {
                    return false;
                }
            }
            else if (FieldOf(text, "connection:"u8) is { IsEmpty: false } connection)
            {
                closes = !Ascii.EqualsIgnoreCase(connection, "keep-alive"u8) && (closes || Ascii.EqualsIgnoreCase(connection, "close"u8));
            }
            else if (FieldOf(text, "transfer-encoding:"u8) is { IsEmpty: false } encoding)
            {
                chunked = Ascii.EqualsIgnoreCase(encoding, "chunked"u8);
            }
        }

        head = new HttpAnswerHead { Status = status, ContentLength = contentLength, IsChunked = chunked, Closes = closes };
        return true;
    }

    /// <summary>The value of the field at the start of a text, if it has this name; else nothing.</summary>
    private static ReadOnlySpan<byte> FieldOf(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        if (text.Length <= name.Length || !Ascii.EqualsIgnoreCase(text[..name.Length], name))
        {
            return [];
        }

        ReadOnlySpan<byte> value = text[name.Length..];
        int end = value.IndexOf((byte)'\n');
        return (end < 0 ? value : value[..end]).Trim(" \t\r"u8);
    }
}
