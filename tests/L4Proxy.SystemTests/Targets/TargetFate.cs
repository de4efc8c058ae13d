namespace L4Proxy.SystemTests.Targets;

/// <summary>What becomes of a connection, or of a datagram.</summary>
public enum TargetFate
{
    /// <summary>An endpoint answers.</summary>
    Served,

    /// <summary>TCP: reset, before any byte; UDP: told by ICMP that the port is unreachable.</summary>
    Refused,

    /// <summary>Nothing comes back.</summary>
    Dropped,
}
