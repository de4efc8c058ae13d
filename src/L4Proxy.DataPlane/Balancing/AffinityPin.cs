using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Balancing;

/// <summary>One client's pin, as it is copied out of an <see cref="AffinityTable"/>.</summary>
internal readonly record struct AffinityPin(UInt128 Client, EndpointState Endpoint, long LastUsedMs);
