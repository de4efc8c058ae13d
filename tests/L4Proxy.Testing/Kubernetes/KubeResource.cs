namespace L4Proxy.Testing.Kubernetes;

/// <summary>A resource that the server knows, with what its answers say about it.</summary>
/// <param name="Group">API group, empty for the core group.</param>
/// <param name="Version">API version.</param>
/// <param name="Plural">Name in paths and rules.</param>
/// <param name="Singular">Name of one object, for discovery.</param>
/// <param name="Kind">Kind of one object.</param>
/// <param name="ShortNames">Names that a command line accepts.</param>
/// <param name="IsNamespaced">Whether objects live in namespaces.</param>
/// <param name="HasGeneration">Whether metadata.generation counts changes of the object's specification.</param>
/// <param name="EmptyFields">What the Go type writes for an object without any value: the tail of a bookmark.</param>
public sealed record KubeResource(
    string Group,
    string Version,
    string Plural,
    string Singular,
    string Kind,
    IReadOnlyList<string> ShortNames,
    bool IsNamespaced,
    bool HasGeneration,
    string EmptyFields)
{
    private static readonly string s_nodeInfo = new System.Text.Json.Nodes.JsonObject(
        ((string[])["machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion", "kubeletVersion",
            "kubeProxyVersion", "operatingSystem", "architecture"])
        .Select(name => KeyValuePair.Create(name, (System.Text.Json.Nodes.JsonNode?)""))).ToJsonString();

    public static readonly KubeResource Services = new(
        "", "v1", "services", "service", "Service", ["svc"], IsNamespaced: true, HasGeneration: false,
        ",\"spec\":{},\"status\":{\"loadBalancer\":{}}");

    public static readonly KubeResource EndpointSlices = new(
        "discovery.k8s.io", "v1", "endpointslices", "endpointslice", "EndpointSlice", [], IsNamespaced: true, HasGeneration: true,
        ",\"addressType\":\"\",\"endpoints\":null,\"ports\":null");

    public static readonly KubeResource Nodes = new(
        "", "v1", "nodes", "node", "Node", ["no"], IsNamespaced: false, HasGeneration: false,
        ",\"spec\":{},\"status\":{\"daemonEndpoints\":{\"kubeletEndpoint\":{\"Port\":0}},\"nodeInfo\":" + s_nodeInfo + "}");

    public static readonly KubeResource Namespaces = new(
        "", "v1", "namespaces", "namespace", "Namespace", ["ns"], IsNamespaced: false, HasGeneration: false,
        ",\"spec\":{},\"status\":{}");

    public static readonly KubeResource Pods = new(
        "", "v1", "pods", "pod", "Pod", ["po"], IsNamespaced: true, HasGeneration: true,
        ",\"spec\":{\"containers\":null},\"status\":{}");

    public static readonly IReadOnlyList<KubeResource> All = [Services, EndpointSlices, Nodes, Namespaces, Pods];

    /// <summary>The <c>apiVersion</c> of objects.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>The name in messages: with the group, the core group left out.</summary>
    public string QualifiedName => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>Where objects of all namespaces are listed.</summary>
    public string Path => Group.Length == 0 ? $"/api/{Version}/{Plural}" : $"/apis/{Group}/{Version}/{Plural}";

    /// <summary>The resource of a plural name.</summary>
    /// <exception cref="ArgumentException">No such resource.</exception>
    public static KubeResource Named(string plural) =>
        All.FirstOrDefault(r => r.Plural == plural) ?? throw new ArgumentException($"no resource '{plural}'", nameof(plural));

    /// <summary>The resource of an object by its kind.</summary>
    /// <exception cref="ArgumentException">No such resource.</exception>
    public static KubeResource OfKind(string? apiVersion, string? kind) =>
        All.FirstOrDefault(r => r.ApiVersion == apiVersion && r.Kind == kind)
        ?? throw new ArgumentException($"no resource of apiVersion '{apiVersion}', kind '{kind}'", nameof(kind));

    public override string ToString() => QualifiedName;
}
