namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>What a descriptor is to its loop.</summary>
internal enum EventRole : byte
{
    /// <summary>A listener, or the loop's own wake-up.</summary>
    Loop,

    Client,

    /// <summary>The upstream socket in slot 0 of the dial session.</summary>
    Upstream0,

    /// <summary>The upstream socket in slot 1.</summary>
    Upstream1,
}
