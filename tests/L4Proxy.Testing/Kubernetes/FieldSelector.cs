namespace L4Proxy.Testing.Kubernetes;

/// <summary>Selection by fields, as far as the API server offers it for the resource.</summary>
internal sealed class FieldSelector
{
    public static readonly FieldSelector Everything = new([]);

    private readonly IReadOnlyList<(string Field, bool IsEqual, string Value)> _terms;

    private FieldSelector(IReadOnlyList<(string Field, bool IsEqual, string Value)> terms) => _terms = terms;

    public bool IsEmpty => _terms.Count == 0;

    /// <exception cref="ApiException">Not well-formed, or the resource has no such field to select by.</exception>
    public static FieldSelector Parse(string? text, KubeResource resource)
    {
        List<(string, bool, string)> terms = [];
        foreach (string term in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            int at = term.IndexOf('=');
            if (at < 1)
            {
                throw ApiException.BadRequest($"invalid selector: '{text}'; can't understand '{term}'");
            }

            bool isNegated = term[at - 1] == '!';
            string field = term[..(isNegated ? at - 1 : at)];
            string value = term[(at + 1)..].TrimStart('=');
            if (!IsKnown(resource, field))
            {
                throw ApiException.BadRequest(
                    $"Unable to find \"{resource.ApiVersion}, Resource={resource.Plural}\" that match label selector \"\", "
                    + $"field selector \"{text}\": field label not supported: {field}");
            }

            terms.Add((field, !isNegated, value));
        }

        return terms.Count == 0 ? Everything : new FieldSelector(terms);
    }

    public static FieldSelector ByName(string name) => new([("metadata.name", true, name)]);

    public bool Matches(StoredObject o)
    {
        foreach ((string field, bool isEqual, string value) in _terms)
        {
            if ((ValueOf(o, field) == value) != isEqual)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsKnown(KubeResource resource, string field) => field switch
    {
        "metadata.name" => true,
        "metadata.namespace" => resource.IsNamespaced,
        "spec.clusterIP" or "spec.type" => resource == KubeResource.Services,
        "spec.nodeName" => resource == KubeResource.Pods,
        _ => false,
    };

    private static string ValueOf(StoredObject o, string field) => field switch
    {
        "metadata.name" => o.Name,
        "metadata.namespace" => o.Namespace ?? "",
        "spec.clusterIP" => o.ClusterIP ?? "",
        "spec.type" => (string?)o.ToJson()["spec"]?["type"] ?? "",
        _ => o.NodeName ?? "",
    };
}
