namespace L4Proxy.DataPlane.Services;

/// <summary>What happens to the live connections of an endpoint that left the Service.</summary>
public enum EndpointLeaveAction : byte
{
    /// <summary>They go on until either side ends them.</summary>
    Keep,

    /// <summary>They are reset when the grace time is over.</summary>
    Grace,

    /// <summary>They are reset at once.</summary>
    Reset,
}
