using System.Globalization;
using System.Net;
using System.Text;
using L4Proxy.Testing.Processes;

namespace L4Proxy.Testing.Clients;

/// <summary>The answer to one request, read as bytes from a socket: nothing between the test and what was sent.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Headers">By name, case ignored.</param>
/// <param name="Body">The body, chunks put together.</param>
public sealed record HttpAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    /// <summary>A GET on a connection of its own.</summary>
    /// <param name="address">Of the server.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="inside">The namespace of the client; null for the test's own network.</param>
    public static async Task<HttpAnswer> GetAsync(IPEndPoint address, string path, NetworkNamespace? inside = null)
    {
        Task<TcpPeer> connecting = inside is null ? TcpPeer.ConnectAsync(address) : inside.InsideAsync(() => TcpPeer.ConnectAsync(address));
        using TcpPeer connection = await connecting;
        await connection.SendTextAsync($"GET {path} HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n");
        return Parse(await connection.ReceiveTextToEndAsync());
    }

    private static HttpAnswer Parse(string text)
    {
        int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
        {
            throw new FormatException($"no HTTP: {text}");
        }

        string[] head = text[..end].Split("\r\n");
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        foreach (string[] header in head.Skip(1).Select(l => l.Split(": ", 2)))
        {
            headers.Add(header[0], header[1]);
        }

        string body = text[(end + 4)..];
        return new HttpAnswer(
            int.Parse(head[0].Split(' ')[1], CultureInfo.InvariantCulture), headers, headers.ContainsKey("Transfer-Encoding") ? Join(body) : body);
    }

    /// <summary>The chunks of a body of ASCII text.</summary>
    private static string Join(string chunks)
    {
        StringBuilder body = new();
        for (int at = 0; at < chunks.Length;)
        {
            int line = chunks.IndexOf("\r\n", at, StringComparison.Ordinal);
            int length = int.Parse(chunks.AsSpan(at, line - at), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            body.Append(chunks, line + 2, length);
            at = line + 2 + length + 2;
        }

        return body.ToString();
    }
}
