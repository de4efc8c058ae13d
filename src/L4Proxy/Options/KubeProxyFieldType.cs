namespace L4Proxy.Options;

/// <summary>What the value of a field of KubeProxyConfiguration is.</summary>
internal enum KubeProxyFieldType
{
    /// <summary>Fields of its own.</summary>
    Section,

    Text,

    Boolean,

    Integer,

    Number,

    /// <summary>A duration as Go writes it, in a string.</summary>
    Duration,

    TextList,

    /// <summary>Keys of the user's own, or a structure that nothing here reads.</summary>
    Anything,
}
