namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>What others report about a Service.</summary>
public sealed record ServiceStatus
{
    public LoadBalancerStatus? LoadBalancer { get; init; }
}
