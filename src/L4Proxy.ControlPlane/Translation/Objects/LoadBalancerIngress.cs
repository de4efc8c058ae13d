namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>One address of a load balancer.</summary>
public sealed record LoadBalancerIngress
{
    public string? IP { get; init; }

    public string? Hostname { get; init; }

    /// <summary>VIP (default: traffic arrives with this destination) or Proxy (it does not), KEP-1860.</summary>
    public string? IPMode { get; init; }
}
