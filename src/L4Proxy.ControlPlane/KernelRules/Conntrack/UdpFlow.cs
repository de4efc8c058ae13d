using System.Globalization;
using System.Net;

namespace L4Proxy.ControlPlane.KernelRules.Conntrack;

/// <summary>Where the kernel leads the datagrams of some UDP flows: what their clients send to, and who answers.</summary>
/// <param name="Destination">Address and port that the clients send to.</param>
/// <param name="ReplySource">Who answers: an endpoint, or the destination itself where no rule translated the flow.</param>
public readonly record struct UdpFlow(IPEndPoint Destination, IPEndPoint ReplySource)
{
    public bool IsTranslated => !ReplySource.Equals(Destination);

    /// <summary>
    /// Reads a line of <c>conntrack -L -p udp</c>, conntrack(8): <c>src= dst= sport= dport=</c> once for the original direction, and again
    /// for the replies, between flags that come and go.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> line, out UdpFlow flow)
    {
        flow = default;
        ReadOnlySpan<char> original = After(line, " src=");
        ReadOnlySpan<char> reply = After(original, " src=");
        if (!TryRead(original, " dst=", " dport=", out IPEndPoint? destination)
            || reply.IsEmpty
            || !IPAddress.TryParse(Word(reply), out IPAddress? source)
            || !TryReadPort(reply, " sport=", out int port))
        {
            return false;
        }

        flow = new UdpFlow(destination!, new IPEndPoint(source, port));
        return true;
    }

    private static bool TryRead(ReadOnlySpan<char> text, string addressKey, string portKey, out IPEndPoint? endPoint)
    {
        endPoint = null;
        if (!IPAddress.TryParse(Word(After(text, addressKey)), out IPAddress? address) || !TryReadPort(text, portKey, out int port))
        {
            return false;
        }

        endPoint = new IPEndPoint(address, port);
        return true;
    }

    private static bool TryReadPort(ReadOnlySpan<char> text, string key, out int port) =>
        int.TryParse(Word(After(text, key)), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= IPEndPoint.MaxPort;

    private static ReadOnlySpan<char> After(ReadOnlySpan<char> text, string key)
    {
        int at = text.IndexOf(key, StringComparison.Ordinal);
        return at < 0 ? default : text[(at + key.Length)..];
    }

    private static ReadOnlySpan<char> Word(ReadOnlySpan<char> text)
    {
        int end = text.IndexOf(' ');
        return end < 0 ? text : text[..end];
    }
}
