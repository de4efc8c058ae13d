namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>A resource of the API.</summary>
/// <param name="Kind">Kind of its objects, such as <c>Service</c>.</param>
/// <param name="Resource">Its name in paths, such as <c>services</c>.</param>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="ApiPath">Path of its group and version.</param>
internal sealed record ResourceKind(string Kind, string Resource, string Group, string ApiPath)
{
    public static readonly ResourceKind Services = new("Service", "services", "", "/api/v1");
    public static readonly ResourceKind EndpointSlices = new("EndpointSlice", "endpointslices", "discovery.k8s.io", "/apis/discovery.k8s.io/v1");
    public static readonly ResourceKind Nodes = new("Node", "nodes", "", "/api/v1");

    /// <summary><c>endpointslices.discovery.k8s.io</c>, as kubectl names it.</summary>
    public string QualifiedName => Group.Length == 0 ? Resource : $"{Resource}.{Group}";
}
