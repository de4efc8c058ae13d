namespace L4Proxy.ControlPlane.Kubernetes.Json;

/// <summary>meta/v1 Status, which the API server answers with when it cannot do as asked.</summary>
internal sealed record ApiStatus
{
    public string? Message { get; init; }

    public string? Reason { get; init; }

    public int Code { get; init; }

    public ApiStatusDetails? Details { get; init; }
}
