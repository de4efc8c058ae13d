using System.Globalization;
using System.Text;

namespace L4Proxy.Tests.Admin;

/// <summary>One answer, chunks put together.</summary>
internal sealed record RawAnswer(string StatusLine, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public int Status => StatusLine.Length == 0 ? 0 : int.Parse(StatusLine.Split(' ')[1], CultureInfo.InvariantCulture);

    public IEnumerable<string> Lines => Body.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static RawAnswer Parse(string text)
    {
        int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
        {
            return new RawAnswer("", new Dictionary<string, string>(), text);
        }

        string[] head = text[..end].Split("\r\n");
        Dictionary<string, string> headers = head.Skip(1).Select(l => l.Split(": ", 2)).ToDictionary(p => p[0], p => p[1]);
        string body = text[(end + 4)..];
        return new RawAnswer(head[0], headers, headers.ContainsKey("Transfer-Encoding") ? Join(body) : body);
    }

    private static string Join(string chunks)
    {
        StringBuilder body = new();
        byte[] bytes = Encoding.UTF8.GetBytes(chunks);
        int at = 0;
        while (at < bytes.Length)
        {
            int line = Array.IndexOf(bytes, (byte)'\n', at);
            int length = line < 0 ? 0 : int.Parse(Encoding.ASCII.GetString(bytes, at, line - at).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length == 0)
            {
                break;
            }

            body.Append(Encoding.UTF8.GetString(bytes, line + 1, Math.Min(length, bytes.Length - line - 1)));
            at = line + 1 + length + 2;
        }

        return body.ToString();
    }
}
