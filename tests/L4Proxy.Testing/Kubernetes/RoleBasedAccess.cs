using System.Text.Json.Nodes;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>
/// Roles and their bindings, evaluated as RBAC does: what no rule allows is forbidden. Where the manifests bind no role
/// at all, every role is everybody's, so that roles can be tried alone.
/// </summary>
internal sealed class RoleBasedAccess
{
    private readonly List<(string Kind, string? Namespace, string Name, IReadOnlyList<AccessRule> Rules)> _roles = [];
    private readonly List<(string? Namespace, JsonNode Role, JsonArray Subjects)> _bindings = [];

    /// <summary>Adds ClusterRoles, Roles and their bindings; other objects in the text are passed over.</summary>
    public void Add(string manifests)
    {
        foreach (JsonObject o in JsonText.ReadObjects(manifests))
        {
            string kind = (string)o["kind"]!;
            string? ns = (string?)o["metadata"]?["namespace"];
            switch (kind)
            {
                case "ClusterRole" or "Role":
                    AccessRule[] rules = [.. (o["rules"] as JsonArray ?? []).Select(r => AccessRule.Parse(r!))];
                    _roles.Add((kind, ns, (string)o["metadata"]!["name"]!, rules));
                    break;
                case "ClusterRoleBinding":
                    _bindings.Add((null, o["roleRef"]!, o["subjects"] as JsonArray ?? []));
                    break;
                case "RoleBinding":
                    _bindings.Add((ns ?? "default", o["roleRef"]!, o["subjects"] as JsonArray ?? []));
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Everything that the roles grant, one by one.</summary>
    public IReadOnlyList<AccessRequest> Grants() =>
        [.. _roles.SelectMany(r => r.Rules.SelectMany(rule => rule.Grants(r.Namespace))).Distinct()];

    public bool Allows(ApiUser user, AccessRequest access)
    {
        if (user.Groups.Contains("system:masters"))
        {
            return true;
        }

        if (_bindings.Count == 0)
        {
            return user != ApiUser.Anonymous && _roles.Exists(r => Covers(r.Namespace, access) && r.Rules.Any(rule => rule.Allows(access)));
        }

        return _bindings.Exists(
            b => Covers(b.Namespace, access) && b.Subjects.Any(s => Matches(s!, user)) && RulesOf(b).Any(rule => rule.Allows(access)));
    }

    private static bool Covers(string? ns, AccessRequest access) => ns is null || ns == access.Namespace;

    private static bool Matches(JsonNode subject, ApiUser user) => (string?)subject["kind"] switch
    {
        "Group" => user.Groups.Contains((string)subject["name"]!),
        "ServiceAccount" => user.Name == $"system:serviceaccount:{subject["namespace"] ?? "default"}:{subject["name"]}",
        _ => user.Name == (string?)subject["name"],
    };

    private IEnumerable<AccessRule> RulesOf((string? Namespace, JsonNode Role, JsonArray Subjects) binding)
    {
        string kind = (string)binding.Role["kind"]!;
        string name = (string)binding.Role["name"]!;
        return _roles
            .Where(r => r.Kind == kind && r.Name == name && (kind == "ClusterRole" || (r.Namespace ?? "default") == binding.Namespace))
            .SelectMany(r => r.Rules);
    }
}
