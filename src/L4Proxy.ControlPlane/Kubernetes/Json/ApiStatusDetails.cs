namespace L4Proxy.ControlPlane.Kubernetes.Json;

/// <summary>meta/v1 StatusDetails.</summary>
internal sealed record ApiStatusDetails
{
    public IReadOnlyList<ApiStatusCause?>? Causes { get; init; }
}
