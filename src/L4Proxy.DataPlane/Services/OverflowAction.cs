namespace L4Proxy.DataPlane.Services;

/// <summary>What happens to a new client when a connection limit is reached.</summary>
public enum OverflowAction : byte
{
    /// <summary>It waits in the listen backlog until a connection ends.</summary>
    Wait,

    /// <summary>It is reset.</summary>
    Reset,
}
