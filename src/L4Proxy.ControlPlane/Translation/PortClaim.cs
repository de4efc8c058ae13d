namespace L4Proxy.ControlPlane.Translation;

/// <summary>The answer to a wish for an address and port.</summary>
internal enum PortClaim
{
    /// <summary>Nobody had it; it is the asker's now.</summary>
    Granted,

    /// <summary>The asker has it already.</summary>
    Own,

    /// <summary>Another Service port has it, or an address that overlaps with it.</summary>
    Taken,
}
