using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>Names in the kernel that belong to this backend, and to nobody else.</summary>
internal static class IpvsNames
{
    /// <summary>The dummy device that makes the Services' addresses local.</summary>
    public const string Device = "l4p-ipvs0";

    /// <summary>Table nat: marks what is to be masqueraded.</summary>
    public const string ServicesChain = "L4P-IPVS-SERVICES";

    /// <summary>Table nat: masquerades.</summary>
    public const string PostroutingChain = "L4P-IPVS-POSTROUTING";

    /// <summary>Table mangle, before IPVS for both forwarded and local packets: drops.</summary>
    public const string FirewallChain = "L4P-IPVS-FIREWALL";

    /// <summary>Table filter: refuses ports of the Services' addresses that no Service has.</summary>
    public const string InputChain = "L4P-IPVS-INPUT";

    /// <summary>Table filter: admits health checks where the host admits nothing by itself.</summary>
    public const string HealthChecksChain = "L4P-IPVS-HEALTH-CHECKS";

    /// <summary>Table filter: admits answers of endpoints where the host forwards nothing by itself.</summary>
    public const string ForwardChain = "L4P-IPVS-FORWARD";

    /// <summary>Every virtual server, which is how one of ours is told from others.</summary>
    public const string Servers = "vs";

    /// <summary>Addresses on the device.</summary>
    public const string Addresses = "addresses";

    /// <summary>Cluster IPs with their ports.</summary>
    public const string Cluster = "cluster";

    /// <summary>External addresses and node ports whose traffic policy is Cluster.</summary>
    public const string External = "external";

    /// <summary>External addresses and node ports whose traffic policy is Local.</summary>
    public const string Local = "local";

    /// <summary>Load-balancer addresses that not everybody may use.</summary>
    public const string Restricted = "restricted";

    /// <summary>Who may use them.</summary>
    public const string Allowed = "allowed";

    /// <summary>Addresses whose packets are dropped.</summary>
    public const string Drop = "drop";

    /// <summary>Addresses whose packets are dropped when they come from outside.</summary>
    public const string DropOutside = "drop-outside";

    /// <summary>Every endpoint with itself as client.</summary>
    public const string Hairpin = "hairpin";

    /// <summary>Health check node ports.</summary>
    public const string HealthChecks = "health-checks";

    /// <summary>Networks of the cluster's Pods.</summary>
    public const string Pods = "pods";

    /// <summary>
    /// All sets with their types (ipset(8)). Those that hash may grow to 16 million entries: the limit is the cluster's size, which clients do not
    /// control, and a set that is full would break Services.
    /// </summary>
    public static readonly ImmutableSortedDictionary<string, string> SetTypes = ImmutableSortedDictionary.CreateRange(
        StringComparer.Ordinal,
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Servers] = "hash:ip,port",
            [Addresses] = "hash:ip",
            [Cluster] = "hash:ip,port",
            [External] = "hash:ip,port",
            [Local] = "hash:ip,port",
            [Restricted] = "hash:ip,port",
            [Allowed] = "hash:ip,port,net",
            [Drop] = "hash:ip,port",
            [DropOutside] = "hash:ip,port",
            [Hairpin] = "hash:ip,port,ip",
            [HealthChecks] = "bitmap:port range 0-65535",
            [Pods] = "hash:net",
        });

    /// <summary>A set's name in the kernel; 31 characters at most (IPSET_MAXNAMELEN).</summary>
    public static string Set(bool isIPv6, string name) => (isIPv6 ? "l4p-6-ipvs-" : "l4p-ipvs-") + name;

    /// <summary>Whether a chain in the kernel is one of ours.</summary>
    public static bool IsChain(string name) => name.StartsWith("L4P-IPVS-", StringComparison.Ordinal);

    /// <summary>Whether a set in the kernel is one of ours.</summary>
    public static bool IsSet(string name) =>
        name.StartsWith("l4p-ipvs-", StringComparison.Ordinal) || name.StartsWith("l4p-6-ipvs-", StringComparison.Ordinal);
}
