namespace L4Proxy.Options;

/// <summary>Whose address endpoints see.</summary>
internal enum SourceAddressKind : byte
{
    /// <summary>This host's.</summary>
    Proxy,

    /// <summary>The client's (IP_TRANSPARENT).</summary>
    Transparent,
}
