namespace L4Proxy.Testing.Proxies;

/// <summary>What stands between client and backend in a test case.</summary>
public enum TestedEngine
{
    Portable,
    Linux,

    /// <summary>Nothing: shows that a test itself is right, by the kernel's own behaviour.</summary>
    Direct,
}
