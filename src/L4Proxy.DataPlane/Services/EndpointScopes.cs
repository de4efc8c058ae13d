namespace L4Proxy.DataPlane.Services;

/// <summary>
/// The clients that an endpoint is eligible for, by their <see cref="EndpointScope"/> and address family. Where
/// families do not matter (<see cref="ServiceEntry.SameFamily"/>) the two bits of a scope are equal.
/// </summary>
[Flags]
internal enum EndpointScopes : byte
{
    None = 0,
    ClusterIPv4 = 1,
    ClusterIPv6 = 2,
    LocalIPv4 = 4,
    LocalIPv6 = 8,
    Cluster = ClusterIPv4 | ClusterIPv6,
    Local = LocalIPv4 | LocalIPv6,
    IPv4 = ClusterIPv4 | LocalIPv4,
    IPv6 = ClusterIPv6 | LocalIPv6,
}
