namespace L4Proxy.Testing;

/// <summary>Address family of a test case.</summary>
public enum IPFamily
{
    IPv4,
    IPv6,
}
