namespace L4Proxy.Testing.Kubernetes;

/// <summary>The resource, namespace, object and subresource that a path names.</summary>
internal sealed record ApiPath(KubeResource Resource, string? Namespace, string? Name, string? Subresource)
{
    /// <summary>Null if the path names no resource that the server has.</summary>
    public static ApiPath? Parse(string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        (string group, string version, int next) = parts switch
        {
            ["api", var v, ..] => ("", v, 2),
            ["apis", var g, var v, ..] => (g, v, 3),
            _ => ("", "", 0),
        };
        return parts[next..] switch
        {
            ["namespaces", var ns, var plural, ..] when Find(group, version, plural, isNamespaced: true) is { } resource =>
                Of(resource, ns, parts[(next + 3)..]),
            [var plural, .. var rest] when Find(group, version, plural, isNamespaced: null) is { } resource
                && (rest.Length == 0 || !resource.IsNamespaced) => Of(resource, ns: null, rest),
            _ => null,
        };
    }

    private static ApiPath? Of(KubeResource resource, string? ns, string[] rest) =>
        rest.Length <= 2 ? new(resource, ns, rest.ElementAtOrDefault(0), rest.ElementAtOrDefault(1)) : null;

    private static KubeResource? Find(string group, string version, string plural, bool? isNamespaced) =>
        KubeResource.All.FirstOrDefault(
            r => r.Group == group && r.Version == version && r.Plural == plural && (isNamespaced ?? r.IsNamespaced) == r.IsNamespaced);
}
