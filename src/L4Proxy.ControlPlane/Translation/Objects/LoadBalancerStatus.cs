using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>Addresses that a load balancer gave to a Service.</summary>
public sealed record LoadBalancerStatus
{
    [AllowNull]
    public IReadOnlyList<LoadBalancerIngress> Ingress { get; init => field = value ?? []; } = [];
}
