using System.Net;

namespace L4Proxy.Testing;

public static class IPFamilies
{
    public static IPAddress Loopback(this IPFamily family) => family == IPFamily.IPv4 ? IPAddress.Loopback : IPAddress.IPv6Loopback;

    /// <summary>A loopback address with port 0: any free port.</summary>
    public static IPEndPoint AnyPort(this IPFamily family) => new(family.Loopback(), 0);

    public static IPFamily Other(this IPFamily family) => family == IPFamily.IPv4 ? IPFamily.IPv6 : IPFamily.IPv4;
}
