namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>What has ended so far in a relayed connection.</summary>
[Flags]
internal enum RelayEnd
{
    None = 0,

    /// <summary>The client finished sending, all of it was written and the endpoint was told (FIN).</summary>
    Up = 1,

    /// <summary>The endpoint finished sending, all of it was written and the client was told (FIN).</summary>
    Down = 2,

    /// <summary>A write to the client failed: it takes nothing more.</summary>
    ClientGone = 4,

    /// <summary>A write to the endpoint failed: it takes nothing more.</summary>
    ServerGone = 8,
}
