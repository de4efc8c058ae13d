namespace L4Proxy.Testing.Kubernetes;

/// <summary>A request that the server got, as its authorisation sees it.</summary>
public sealed class SeenRequest
{
    /// <summary>get, list, watch, create, update, patch or delete.</summary>
    public required string Verb { get; init; }

    /// <summary>The resource; null for paths such as /version.</summary>
    public required KubeResource? Resource { get; init; }

    /// <summary>Null at the cluster scope.</summary>
    public required string? Namespace { get; init; }

    /// <summary>Null for lists and watches of many objects.</summary>
    public required string? Name { get; init; }

    public required string Path { get; init; }

    /// <summary>All parameters, decoded.</summary>
    public required IReadOnlyDictionary<string, string> Query { get; init; }

    /// <summary>Request headers by name, case ignored.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>HTTP/1.1 or HTTP/2.</summary>
    public required string Protocol { get; init; }

    /// <summary>Who asked; null while, or because, that is not known.</summary>
    public string? User { get; internal set; }

    /// <summary>HTTP status of the answer; 0 while there is none.</summary>
    public int StatusCode { get; internal set; }

    public string? LabelSelector => Query.GetValueOrDefault("labelSelector");

    public string? FieldSelector => Query.GetValueOrDefault("fieldSelector");

    public string? ResourceVersion => Query.GetValueOrDefault("resourceVersion");

    /// <summary>What it needs to be allowed; null for paths that are no resource's.</summary>
    /// <remarks>A list or watch selected by metadata.name is about that one object, as for RBAC's resourceNames.</remarks>
    public AccessRequest? Access => Resource is null
        ? null
        : new AccessRequest(Verb, Resource.Group, ResourceAndSubresource, Namespace, Name ?? SelectedName);

    /// <summary>status and the like; null for the object itself.</summary>
    public string? Subresource { get; init; }

    public bool IsWatch => Verb == "watch";

    private string ResourceAndSubresource => Subresource is null ? Resource!.Plural : $"{Resource!.Plural}/{Subresource}";

    private string? SelectedName =>
        FieldSelector?.Split('=', 2) is ["metadata.name", var name] && !name.Contains(',') ? name.TrimStart('=') : null;

    public override string ToString() =>
        $"{User} {Verb} {Resource?.QualifiedName ?? Path} {Namespace}/{Name} "
        + $"{string.Join('&', Query.Select(q => $"{q.Key}={q.Value}"))} -> {StatusCode}";
}
