using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace L4Proxy.Loadbench.Backends;

/// <summary>The bytes of answers.</summary>
internal static class BackendAnswer
{
    /// <summary>Bytes that a body is sent from at a time.</summary>
    public const int BlockSize = 256 * 1024;

    /// <summary>Digits of each Content-Length, so that all heads are of one length.</summary>
    private const int Digits = 15;

    private static readonly byte[] s_kept = HeadOf("keep-alive");

    /// <summary>Blanks at the end of a field's value mean nothing (RFC 9112, 5.1).</summary>
    private static readonly byte[] s_last = HeadOf("close     ");
    private static readonly int s_digitsAt = s_kept.AsSpan().IndexOf("000"u8);
    private static readonly byte[] s_block = CreateBlock();

    /// <summary>What <c>GET /</c> answers with: 63 bytes.</summary>
    public static ReadOnlySpan<byte> Text => "a small answer of some sixty bytes, as health checks give one.\n"u8;

    /// <summary>What a request that is not understood is answered with.</summary>
    public static ReadOnlySpan<byte> Refusal => "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8;

    /// <summary>Bytes of each head.</summary>
    public static int HeadLength => s_kept.Length;

    /// <summary>Part of a body: lines of letters, so that a person who looks at it sees something.</summary>
    public static ReadOnlySpan<byte> Block => s_block;

    /// <summary>Writes a head of <see cref="HeadLength"/> bytes.</summary>
    public static void WriteHead(Span<byte> head, long bodyBytes, bool closes)
    {
        (closes ? s_last : s_kept).CopyTo(head);
        Utf8Formatter.TryFormat(bodyBytes, head[s_digitsAt..], out _, new StandardFormat('D', Digits));
    }

    private static byte[] HeadOf(string connection) => Encoding.ASCII.GetBytes(
        $"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {new string('0', Digits)}\r\nConnection: {connection}\r\n\r\n");

    private static byte[] CreateBlock()
    {
        byte[] block = GC.AllocateUninitializedArray<byte>(BlockSize, pinned: true);
        for (int i = 0; i < block.Length; i++)
        {
            block[i] = (byte)(i % 64 == 63 ? '\n' : 'a' + (i % 64 % 26));
        }

        return block;
    }
}
