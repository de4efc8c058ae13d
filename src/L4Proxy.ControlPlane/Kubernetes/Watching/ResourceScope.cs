using System.Collections.Frozen;

namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>Which objects of a resource are watched.</summary>
/// <param name="Kind">The resource.</param>
/// <param name="Namespace">The only namespace; null for all, and for resources that have none.</param>
internal sealed record ResourceScope(ResourceKind Kind, string? Namespace)
{
    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }

    /// <summary>The only names, where no selector can say it; null for all.</summary>
    public FrozenSet<string>? Names { get; init; }

    /// <summary>Whether having no right to see these objects is the same as there being none.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Path of a request with these parameters and the selectors.</summary>
    public string PathWith(string parameters)
    {
        string path = Namespace is null
            ? $"{Kind.ApiPath}/{Kind.Resource}"
            : $"{Kind.ApiPath}/namespaces/{Uri.EscapeDataString(Namespace)}/{Kind.Resource}";
        return $"{path}?{parameters}{Parameter("labelSelector", LabelSelector)}{Parameter("fieldSelector", FieldSelector)}";
    }

    /// <summary><c>endpointslices in namespace default</c>.</summary>
    public override string ToString() => Kind.Resource + (Namespace is null ? "" : $" in namespace {Namespace}");

    private static string Parameter(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";
}
