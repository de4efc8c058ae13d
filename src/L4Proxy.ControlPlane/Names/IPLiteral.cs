using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace L4Proxy.ControlPlane.Names;

/// <summary>IP addresses as people write them.</summary>
public static class IPLiteral
{
    /// <summary>
    /// Reads an IPv6 address without brackets, or an IPv4 address in its canonical dotted form. The forms that
    /// inet_aton(3) also knows (<c>127.1</c>, <c>0x7f.1</c>, and octal <c>010.0.0.1</c>) are refused: they are more
    /// often a typing mistake or a host name than an address.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out IPAddress? address)
    {
        if (IPAddress.TryParse(text, out address)
            && (address.AddressFamily == AddressFamily.InterNetworkV6
                ? !text.Contains('[', StringComparison.Ordinal)
                : string.Equals(address.ToString(), text, StringComparison.Ordinal)))
        {
            return true;
        }

        address = null;
        return false;
    }
}
