using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>Names of our chains. The kernel takes 28 characters (XT_EXTENSION_MAXNAMELEN less the final zero).</summary>
internal static class ChainNames
{
    public const string Services = "L4P-SERVICES";
    public const string ExternalServices = "L4P-EXTERNAL-SERVICES";
    public const string NodePorts = "L4P-NODEPORTS";
    public const string Forward = "L4P-FORWARD";
    public const string Firewall = "L4P-FIREWALL";
    public const string ProxyFirewall = "L4P-PROXY-FIREWALL";
    public const string HealthChecks = "L4P-HEALTH-CHECKS";
    public const string Postrouting = "L4P-POSTROUTING";
    public const string MarkMasq = "L4P-MARK-MASQ";
    public const string MasqOutside = "L4P-MASQ-OUTSIDE";

    /// <summary>Empty; that it is there says that route_localnet was 0 and is 1 by our doing.</summary>
    public const string RouteLocalnet = "L4P-ROUTE-LOCALNET";

    public const string Capture = "L4P-CAPTURE";
    public const string CaptureNodePorts = "L4P-CAPTURE-NODEPORTS";
    public const string CaptureRefused = "L4P-CAPTURE-REFUSED";
    public const string CaptureReturn = "L4P-CAPTURE-RETURN";

    /// <summary>Before the name of a built-in chain: an empty chain that says that the built-in one is there by our doing (nft variant).</summary>
    public const string MadePrefix = "L4P-MADE-";

    public const string ServicePrefix = "L4P-SVC-";
    public const string LocalPrefix = "L4P-SVL-";
    public const string ExternalPrefix = "L4P-EXT-";
    public const string SourcesPrefix = "L4P-FW-";
    public const string EndpointPrefix = "L4P-SEP-";

    /// <summary>Characters of the hash in a name: 80 bits.</summary>
    private const int HashLength = 16;

    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private static readonly FrozenSet<string> s_balancing = FrozenSet.Create(
        StringComparer.Ordinal, Services, ExternalServices, NodePorts, Forward, Firewall, ProxyFirewall, HealthChecks, Postrouting, MarkMasq,
        MasqOutside, RouteLocalnet);

    private static readonly FrozenSet<string> s_capture = FrozenSet.Create(StringComparer.Ordinal, Capture, CaptureNodePorts, CaptureRefused, CaptureReturn);

    public static bool IsBalancing(string chain) =>
        s_balancing.Contains(chain) || chain.StartsWith(ServicePrefix, StringComparison.Ordinal)
        || chain.StartsWith(LocalPrefix, StringComparison.Ordinal) || chain.StartsWith(ExternalPrefix, StringComparison.Ordinal)
        || chain.StartsWith(SourcesPrefix, StringComparison.Ordinal) || chain.StartsWith(EndpointPrefix, StringComparison.Ordinal);

    public static bool IsCapture(string chain) => s_capture.Contains(chain);

    /// <summary>A chain jumps only to chains that are deeper, but for shared ones, of which some are beside each other.</summary>
    public static int Depth(string chain) => chain switch
    {
        MarkMasq => 6,
        MasqOutside => 5,
        _ when chain.StartsWith(EndpointPrefix, StringComparison.Ordinal) => 4,
        _ when chain.StartsWith(ServicePrefix, StringComparison.Ordinal) || chain.StartsWith(LocalPrefix, StringComparison.Ordinal) => 3,
        _ when chain.StartsWith(ExternalPrefix, StringComparison.Ordinal) => 2,
        _ when chain.StartsWith(SourcesPrefix, StringComparison.Ordinal) => 1,
        _ => 0,
    };

    /// <summary>A chain of one Service port, or of something in it: <c>base32(sha256(key + protocol + detail))</c>, as kube-proxy's.</summary>
    public static string Of(string prefix, string key, string protocol, string detail = "")
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key + protocol + detail), hash);
        Span<char> text = stackalloc char[HashLength];
        for (int i = 0; i < HashLength; i++)
        {
            // RFC 4648, 6: five bits a character, the highest first.
            int bit = i * 5;
            int pair = (hash[bit / 8] << 8) | hash[(bit / 8) + 1];
            text[i] = Base32[(pair >> (11 - (bit % 8))) & 31];
        }

        return string.Concat(prefix, text);
    }
}
