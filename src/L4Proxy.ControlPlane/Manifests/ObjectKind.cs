using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>One kind of object that is read.</summary>
/// <param name="ApiVersion">Its group and version.</param>
/// <param name="Name">Name of the kind.</param>
/// <param name="IsName">What its objects may be called.</param>
/// <param name="NameRule">The same in words.</param>
/// <param name="Read">Reads one, given its metadata.</param>
internal sealed record ObjectKind(
    string ApiVersion,
    string Name,
    Func<string?, bool> IsName,
    string NameRule,
    Func<Field, ObjectMeta, IKubernetesObject> Read)
{
    private static readonly ObjectKind[] s_all =
    [
        new("v1", "Service", KubernetesNames.IsLabel, KubernetesNames.LabelRule, ServiceReader.Read),
        new("discovery.k8s.io/v1", "EndpointSlice", KubernetesNames.IsSubdomain, KubernetesNames.SubdomainRule, EndpointSliceReader.Read),
        new("v1", "Endpoints", KubernetesNames.IsSubdomain, KubernetesNames.SubdomainRule, EndpointsReader.Read),
        new("v1", "Pod", KubernetesNames.IsSubdomain, KubernetesNames.SubdomainRule, PodReader.Read),
        new("v1", "Node", KubernetesNames.IsSubdomain, KubernetesNames.SubdomainRule, NodeReader.Read) { HasNamespace = false },
    ];

    /// <summary>Whether its objects are in namespaces.</summary>
    public bool HasNamespace { get; private init; } = true;

    public static ObjectKind? Of(string apiVersion, string kind) => Array.Find(s_all, k => k.Name == kind && k.ApiVersion == apiVersion);

    /// <summary>The kind of a typed list's items: <c>Service</c> for <c>ServiceList</c>.</summary>
    public static ObjectKind? OfList(string apiVersion, string kind) =>
        Array.Find(s_all, k => k.Name + "List" == kind && k.ApiVersion == apiVersion);

    /// <summary>False for the name of a kind that is read and has objects without a namespace.</summary>
    public static bool IsNamespaced(string kind) => !Array.Exists(s_all, k => k.Name == kind && !k.HasNamespace);

    /// <summary>Why something else is not read.</summary>
    public static string Advice(string apiVersion, string kind) => Array.Find(s_all, k => k.Name == kind) is { } known
        ? $"apiVersion {Shown.Text(apiVersion)}; {kind} is read as {known.ApiVersion}"
        : "read are Service, EndpointSlice, Endpoints, Pod, Node, and List of these";
}
