namespace L4Proxy.Testing.Kubernetes;

/// <summary>What a request needs to be allowed, or what a role grants.</summary>
/// <param name="Verb">get, list, watch, create, update, patch or delete.</param>
/// <param name="Group">API group, empty for the core group.</param>
/// <param name="Resource">Plural name, with a subresource after a slash.</param>
/// <param name="Namespace">Null for the cluster scope.</param>
/// <param name="Name">The one object that it is about; null for all.</param>
public sealed record AccessRequest(string Verb, string Group, string Resource, string? Namespace, string? Name);
