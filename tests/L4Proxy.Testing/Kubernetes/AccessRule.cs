using System.Text.Json.Nodes;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>One rule of a Role or ClusterRole.</summary>
internal sealed record AccessRule(
    IReadOnlyList<string> Verbs, IReadOnlyList<string> Groups, IReadOnlyList<string> Resources, IReadOnlyList<string> Names)
{
    public static AccessRule Parse(JsonNode rule) =>
        new(Texts(rule["verbs"]), Texts(rule["apiGroups"]), Texts(rule["resources"]), Texts(rule["resourceNames"]));

    public bool Allows(AccessRequest access) =>
        Has(Verbs, access.Verb) && Has(Groups, access.Group) && Has(Resources, access.Resource)
        && (Names.Count == 0 || (access.Name is not null && Names.Contains(access.Name)));

    /// <summary>Everything that it grants, one by one.</summary>
    public IEnumerable<AccessRequest> Grants(string? ns) =>
        from verb in Verbs
        from apiGroup in Groups
        from resource in Resources
        from name in Names.Count == 0 ? [null] : Names.Cast<string?>()
        select new AccessRequest(verb, apiGroup, resource, ns, name);

    private static bool Has(IReadOnlyList<string> values, string value) => values.Contains(value) || values.Contains("*");

    private static string[] Texts(JsonNode? list) => [.. (list as JsonArray ?? []).Select(v => (string)v!)];
}
