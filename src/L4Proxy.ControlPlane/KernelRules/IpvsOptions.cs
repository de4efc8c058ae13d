using System.Collections.Immutable;
using System.Net;

namespace L4Proxy.ControlPlane.KernelRules;

/// <summary>Settings of balancing by IPVS.</summary>
public sealed record IpvsOptions
{
    /// <summary>Virtual servers in these networks are none of ours and are left alone.</summary>
    public ImmutableArray<IPNetwork> ExcludeCIDRs { get; init; } = [];

    /// <summary>Whether this host answers ARP only for addresses of the interface that was asked (arp_ignore 1, arp_announce 2).</summary>
    public bool StrictArp { get; init; }

    /// <summary>Time-out of idle TCP connections: 0 (the kernel's) to 24 days.</summary>
    public TimeSpan TcpTimeout { get; init; }

    /// <summary>Time-out of TCP connections after a FIN: 0 (the kernel's) to 24 days.</summary>
    public TimeSpan TcpFinTimeout { get; init; }

    /// <summary>Time-out of UDP flows: 0 (the kernel's) to 24 days.</summary>
    public TimeSpan UdpTimeout { get; init; }
}
