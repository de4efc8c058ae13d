using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace L4Proxy.ControlPlane.Names;

/// <summary>Networks in CIDR form (RFC 4632, RFC 4291) as people write them.</summary>
public static class NetworkLiteral
{
    /// <summary>
    /// Reads a network as Kubernetes does (ParseCIDRSloppy): bits after the prefix do not count, an IPv4 address has all of
    /// its four numbers, and they are decimal whatever zeros they begin with. <see cref="IPNetwork.TryParse(string, out IPNetwork)"/>
    /// alone takes <c>010.0.0.0/8</c> for 8.0.0.0/8 and <c>10.1/16</c> for 10.0.0.0/16: ranges of sources would admit strangers.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out IPNetwork network)
    {
        network = default;
        int slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash < 0 || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int length))
        {
            return false;
        }

        string address = text![..slash];
        string literal = address.Contains(':', StringComparison.Ordinal) ? address : WithoutZeros(address);
        return IPLiteral.TryParse(literal, out IPAddress? parsed)
            && IPNetwork.TryParse(string.Create(CultureInfo.InvariantCulture, $"{parsed}/{length}"), out network);
    }

    private static string WithoutZeros(string address) => string.Join('.', address.Split('.').Select(static number =>
    {
        string trimmed = number.TrimStart('0');
        return trimmed.Length == 0 && number.Length > 0 ? "0" : trimmed;
    }));
}
