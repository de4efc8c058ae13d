namespace L4Proxy.ControlPlane.Kubernetes.Json;

/// <summary>meta/v1 StatusCause.</summary>
internal sealed record ApiStatusCause
{
    public string? Reason { get; init; }
}
