namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Where to look for the way to the API server.</summary>
public sealed record AccessOptions
{
    /// <summary>A kubeconfig, or several separated as in PATH; null to look at the environment.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>The context to use; null for the kubeconfig's current one.</summary>
    public string? Context { get; init; }

    /// <summary>Whether <c>~/.kube/config</c> is used when nothing else is there. A daemon should not find it by accident.</summary>
    public bool HomeIsLastResort { get; init; }

    /// <summary>Where the kubelet mounts the service account of a Pod.</summary>
    public string ServiceAccountFolder { get; init; } = "/var/run/secrets/kubernetes.io/serviceaccount";
}
