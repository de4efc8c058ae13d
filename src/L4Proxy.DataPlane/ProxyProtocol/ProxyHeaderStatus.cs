namespace L4Proxy.DataPlane.ProxyProtocol;

/// <summary>What the first bytes of a connection are.</summary>
internal enum ProxyHeaderStatus : byte
{
    /// <summary>The beginning of a header: more bytes are needed.</summary>
    Incomplete,

    /// <summary>A whole header, and maybe bytes after it.</summary>
    Complete,

    /// <summary>No header, whatever may follow.</summary>
    Invalid,
}
