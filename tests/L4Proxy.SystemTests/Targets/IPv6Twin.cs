using System.Net;
using System.Text.RegularExpressions;

namespace L4Proxy.SystemTests.Targets;

/// <summary>Every address of IPv4 has a twin of unique local IPv6 (RFC 4193) that looks like it: 10.60.1.9 is fd00:10:60:1::9.</summary>
internal static partial class IPv6Twin
{
    /// <summary>What is in a network of 16, 24 or 25 to 31 bits has its twin in a network of 48 or 64 bits.</summary>
    private const int WideNetwork = 16;

    public static IPAddress Of(IPAddress address) => IPAddress.Parse(Of($"{address}"));

    public static IPNetwork Of(IPNetwork network) => IPNetwork.Parse(Of($"{network}"));

    /// <summary>A text with every address and network of IPv4 replaced by its twin.</summary>
    public static string Of(string text) => Address().Replace(text, match =>
    {
        string twin = $"fd00:{match.Groups["a"]}:{match.Groups["b"]}:{match.Groups["c"]}::{match.Groups["d"]}";
        return match.Groups["bits"] is not { Success: true } bits ? twin
            : int.Parse(bits.ValueSpan) <= WideNetwork ? $"fd00:{match.Groups["a"]}:{match.Groups["b"]}::/48"
            : $"fd00:{match.Groups["a"]}:{match.Groups["b"]}:{match.Groups["c"]}::/64";
    });

    [GeneratedRegex(@"\b(?<a>\d{1,3})\.(?<b>\d{1,3})\.(?<c>\d{1,3})\.(?<d>\d{1,3})(/(?<bits>\d{1,2}))?\b", RegexOptions.ExplicitCapture)]
    private static partial Regex Address();
}
