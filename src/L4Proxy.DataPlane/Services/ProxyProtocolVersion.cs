namespace L4Proxy.DataPlane.Services;

/// <summary>Versions of the PROXY protocol (haproxy.org, "The PROXY protocol, versions 1 and 2").</summary>
public enum ProxyProtocolVersion : byte
{
    /// <summary>No header.</summary>
    None,

    /// <summary>A line of text.</summary>
    V1,

    /// <summary>A binary header.</summary>
    V2,
}
