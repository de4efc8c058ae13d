using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>Names, keys and comments in nft's language. What comes out cannot break its syntax, whatever goes in.</summary>
internal static class NftText
{
    /// <summary>
    /// Longest name of a chain, set or map: half of what the kernel admits (NFT_NAME_MAXLEN, 256), so that listings stay readable.
    /// </summary>
    public const int MaxName = 128;

    /// <summary>Longest comment of a rule or an element: NFTNL_UDATA_COMMENT_MAXLEN of libnftnl, 128 with its final zero.</summary>
    public const int MaxComment = 127;

    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>Characters of a hash in a name: 80 bits, as many as kube-proxy's iptables chains have.</summary>
    private const int HashLength = 16;

    /// <summary>Name of an object that belongs to a Service port: a hash of all that it stands for, then something to read.</summary>
    /// <param name="kind">A word that the name begins with.</param>
    /// <param name="key">The Service port.</param>
    /// <param name="parts">What else the object stands for.</param>
    public static string Name(string kind, ServicePortKey key, params ReadOnlySpan<string> parts)
    {
        var readable = new StringBuilder($"{key.Namespace}/{key.Name}/{Protocol(key.Protocol)}/{key.Port}");
        var identity = new StringBuilder($"{key.Namespace}\0{key.Name}\0{Protocol(key.Protocol)}\0{key.Port}");
        foreach (string part in parts)
        {
            _ = readable.Append("__").Append(part);
            _ = identity.Append('\0').Append(part);
        }

        string name = $"{kind}-{Hash(identity.ToString())}-{Clean(readable, "_-./", '-')}";
        return name.Length <= MaxName ? name : name[..MaxName];
    }

    public static string Protocol(ServiceProtocol protocol) => protocol switch
    {
        ServiceProtocol.Udp => "udp",
        ServiceProtocol.Sctp => "sctp",
        _ => "tcp",
    };

    /// <summary>A comment in quotes. nft knows no escape inside of them, so characters that might need one are replaced.</summary>
    public static string Quoted(string comment) => $"\"{Comment(comment)}\"";

    /// <summary>What a listing shows of a comment.</summary>
    public static string Comment(string comment)
    {
        string clean = Clean(new StringBuilder(comment), " _-./:,()+@", '?');
        return clean.Length <= MaxComment ? clean : clean[..MaxComment];
    }

    /// <summary>An address without its zone, which keys have no room for.</summary>
    public static string Address(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0
            ? new IPAddress(address.GetAddressBytes()).ToString()
            : address.ToString();

    /// <summary>An address and a port as parts of a concatenation.</summary>
    public static string AddressPort(IPEndPoint endpoint) => $"{Address(endpoint.Address)} . {endpoint.Port}";

    /// <summary>An address and a port as <c>dnat to</c> takes them.</summary>
    public static string Socket(IPEndPoint endpoint) =>
        endpoint.AddressFamily == AddressFamily.InterNetworkV6
            ? $"[{Address(endpoint.Address)}]:{endpoint.Port}"
            : $"{Address(endpoint.Address)}:{endpoint.Port}";

    /// <summary>The networks of a family for an anonymous set, without those that lie in another, which nft refuses.</summary>
    public static ImmutableArray<string> Networks(IEnumerable<IPNetwork> networks, bool isIPv6)
    {
        AddressFamily family = isIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        IPNetwork[] ofFamily = [.. networks.Where(n => n.BaseAddress.AddressFamily == family).Distinct()];
        return
        [
            .. ofFamily
                .Where(n => !ofFamily.Any(other => other.PrefixLength < n.PrefixLength && other.Contains(n.BaseAddress)))
                .Select(n => n.ToString())
                .Order(StringComparer.Ordinal),
        ];
    }

    private static string Hash(string text)
    {
        byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        return string.Create(HashLength, digest, static (span, bytes) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                int bit = i * 5;
                int pair = (bytes[bit / 8] << 8) | bytes[(bit / 8) + 1];
                span[i] = Base32[(pair >> (11 - (bit % 8))) & 31];
            }
        });
    }

    private static string Clean(StringBuilder text, string admitted, char replacement)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(text[i]) && !admitted.Contains(text[i], StringComparison.Ordinal))
            {
                text[i] = replacement;
            }
        }

        return text.ToString();
    }
}
