using System.Security.Cryptography.X509Certificates;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>Who may come in, and what they may do.</summary>
public sealed partial class FakeApiServer
{
    /// <summary>The names that the server's certificate is for.</summary>
    private static readonly string[] s_names = ["127.0.0.1", "localhost", "kubernetes", "kubernetes.default.svc"];

    /// <summary>Issues the server's certificate and those of clients that it lets in.</summary>
    public CertificateAuthority Authority { get; } = new();

    /// <summary>
    /// Whether credentials are asked for. Where they are, requests without any come from system:anonymous, which may do
    /// nothing (403), and requests with bad ones get 401. <see cref="AddToken"/> and <see cref="IssueClientCertificate"/> turn it on.
    /// </summary>
    public bool RequiresCredentials
    {
        get => Authenticator.IsRequired;
        set => Authenticator.IsRequired = value;
    }

    /// <summary>Everything that the roles given to <see cref="Authorize"/> grant, one by one.</summary>
    public IReadOnlyList<AccessRequest> Grants => Authorizer.Grants();

    internal Authenticator Authenticator { get; }

    internal Authorizer Authorizer { get; } = new();

    /// <summary>Lets requests with this bearer token in.</summary>
    /// <param name="token">The token.</param>
    /// <param name="user">Whom it stands for; a service account is <c>system:serviceaccount:NAMESPACE:NAME</c>.</param>
    /// <param name="groups">The user's groups beside system:authenticated; system:masters may do everything.</param>
    public void AddToken(string token, string user = "test", params IReadOnlyList<string> groups)
    {
        RequiresCredentials = true;
        Authenticator.Add(token, new ApiUser(user, ["system:authenticated", .. groups]));
    }

    /// <summary>From now on the token is not good: 401.</summary>
    public void RemoveToken(string token) => Authenticator.Remove(token);

    /// <summary>A client certificate that lets its owner in, where the server uses TLS.</summary>
    /// <param name="user">Common name.</param>
    /// <param name="groups">Organisations.</param>
    /// <param name="lifetime">How long it is good; negative for one that has expired.</param>
    public X509Certificate2 IssueClientCertificate(string user = "test", IReadOnlyList<string>? groups = null, TimeSpan? lifetime = null)
    {
        RequiresCredentials = true;
        return Authority.IssueClient(user, groups, lifetime);
    }

    /// <summary>New connections get another certificate.</summary>
    /// <param name="authority">Who issues it; null for the server's own authority.</param>
    /// <param name="names">What it is for; none for the server's own names.</param>
    public void ReplaceCertificate(CertificateAuthority? authority = null, params IReadOnlyList<string> names) =>
        _host.Certificate = (authority ?? Authority).IssueServer(names.Count == 0 ? s_names : names);

    /// <summary>
    /// Only what the roles in the manifests allow is allowed from now on. Without bindings each role is everybody's;
    /// repeated calls add up.
    /// </summary>
    public void Authorize(string manifests) => Authorizer.AddRoles(manifests);

    /// <summary>Forbids something to everybody, whatever roles say.</summary>
    /// <param name="verb">Null for all.</param>
    /// <param name="resource">Null for all.</param>
    /// <param name="ns">Requests to this namespace; null for all, those at the cluster scope too.</param>
    public void Deny(string? verb = null, string? resource = null, string? ns = null) => Authorizer.Deny(verb, Find(resource), ns);

    /// <summary>Takes back everything that was forbidden, and all roles.</summary>
    public void ClearAuthorization() => Authorizer.Clear();
}
