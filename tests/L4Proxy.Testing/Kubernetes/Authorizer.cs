namespace L4Proxy.Testing.Kubernetes;

/// <summary>Decides what a request may do: by what tests forbid, then by roles where there are any.</summary>
internal sealed class Authorizer
{
    private readonly Lock _gate = new();
    private readonly List<(string? Verb, KubeResource? Resource, string? Namespace)> _denied = [];
    private RoleBasedAccess? _roles;

    public void Deny(string? verb, KubeResource? resource, string? ns)
    {
        lock (_gate)
        {
            _denied.Add((verb, resource, ns));
        }
    }

    public void AddRoles(string manifests)
    {
        lock (_gate)
        {
            (_roles ??= new RoleBasedAccess()).Add(manifests);
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _denied.Clear();
            _roles = null;
        }
    }

    public IReadOnlyList<AccessRequest> Grants()
    {
        lock (_gate)
        {
            return _roles?.Grants() ?? [];
        }
    }

    /// <exception cref="ApiException">403.</exception>
    public void Check(ApiUser user, SeenRequest request)
    {
        // Who is allowed to ask for /version and the like is no concern of the tests: the real server allows all.
        if (request.Resource is null)
        {
            return;
        }

        lock (_gate)
        {
            bool isDenied = _denied.Exists(
                d => (d.Verb ?? request.Verb) == request.Verb && (d.Resource ?? request.Resource) == request.Resource
                    && (d.Namespace is null || d.Namespace == request.Namespace));
            bool isAllowed = _roles?.Allows(user, request.Access!) ?? (user != ApiUser.Anonymous);
            if (isDenied || !isAllowed)
            {
                throw ApiException.Forbidden(request.Resource, request.Access!.Name, request.Namespace, request.Verb, user.Name);
            }
        }
    }
}
