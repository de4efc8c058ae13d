namespace L4Proxy.Testing.Kubernetes;

/// <summary>Which objects a request is about.</summary>
/// <param name="Namespace">Null for all.</param>
/// <param name="Labels">By labels.</param>
/// <param name="Fields">By fields.</param>
internal sealed record ObjectFilter(string? Namespace, LabelSelector Labels, FieldSelector Fields)
{
    /// <summary>Whether a selector, and not only the namespace, leaves objects out.</summary>
    public bool HasSelector => !Labels.IsEmpty || !Fields.IsEmpty;

    public bool Matches(StoredObject o) =>
        (Namespace is null || o.Namespace == Namespace) && Labels.Matches(o.Labels) && Fields.Matches(o);
}
