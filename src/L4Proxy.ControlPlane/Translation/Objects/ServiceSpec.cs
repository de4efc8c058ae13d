using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>What a Service asks for. Absent lists are empty; absent texts are null and mean the API's default.</summary>
public sealed record ServiceSpec
{
    /// <summary>ClusterIP (default), NodePort, LoadBalancer or ExternalName.</summary>
    public string? Type { get; init; }

    /// <summary>An address, <c>None</c> for a headless Service, or nothing before the API server has given one.</summary>
    public string? ClusterIP { get; init; }

    /// <summary>All cluster IPs of a dual-stack Service, <see cref="ClusterIP"/> first.</summary>
    [AllowNull]
    public IReadOnlyList<string> ClusterIPs { get; init => field = value ?? []; } = [];

    /// <summary>IPv4 and IPv6, in the order of <see cref="ClusterIPs"/>.</summary>
    [AllowNull]
    public IReadOnlyList<string> IPFamilies { get; init => field = value ?? []; } = [];

    [AllowNull]
    public IReadOnlyList<ServicePort> Ports { get; init => field = value ?? []; } = [];

    /// <summary>Labels that a Pod must carry; empty when somebody else writes the endpoints.</summary>
    [AllowNull]
    public IReadOnlyDictionary<string, string> Selector { get; init => field = value ?? FrozenDictionary<string, string>.Empty; }
        = FrozenDictionary<string, string>.Empty;

    /// <summary>None (default) or ClientIP.</summary>
    public string? SessionAffinity { get; init; }

    public SessionAffinityConfig? SessionAffinityConfig { get; init; }

    [AllowNull]
    public IReadOnlyList<string> ExternalIPs { get; init => field = value ?? []; } = [];

    /// <summary>Cluster (default) or Local.</summary>
    public string? ExternalTrafficPolicy { get; init; }

    /// <summary>Cluster (default) or Local.</summary>
    public string? InternalTrafficPolicy { get; init; }

    public bool? PublishNotReadyAddresses { get; init; }

    /// <summary>The DNS name that a Service of type ExternalName stands for.</summary>
    public string? ExternalName { get; init; }

    /// <summary>CIDRs that may use the load balancer's address; empty allows all.</summary>
    [AllowNull]
    public IReadOnlyList<string> LoadBalancerSourceRanges { get; init => field = value ?? []; } = [];

    /// <summary>Port of the health check for the load balancer, with externalTrafficPolicy Local.</summary>
    public int? HealthCheckNodePort { get; init; }
}
