using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>Finds out who asks: by bearer token or client certificate.</summary>
internal sealed class Authenticator(CertificateAuthority clients)
{
    private readonly ConcurrentDictionary<string, ApiUser> _tokens = new(StringComparer.Ordinal);

    /// <summary>Without this, everybody may come in.</summary>
    public bool IsRequired { get; set; }

    public void Add(string token, ApiUser user) => _tokens[token] = user;

    public void Remove(string token) => _tokens.TryRemove(token, out _);

    /// <exception cref="ApiException">401: credentials that are not good.</exception>
    public ApiUser Identify(HttpContext context)
    {
        const string Scheme = "Bearer ";
        string header = context.Request.Headers.Authorization.ToString();
        if (header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && _tokens.TryGetValue(header[Scheme.Length..].Trim(), out ApiUser? user))
        {
            return user;
        }

        if (!IsRequired)
        {
            return ApiUser.Anybody;
        }

        if (header.Length > 0)
        {
            throw ApiException.Unauthorized();
        }

        return context.Connection.ClientCertificate is { } certificate ? Identify(certificate) : ApiUser.Anonymous;
    }

    private ApiUser Identify(X509Certificate2 certificate)
    {
        if (!clients.HasIssued(certificate))
        {
            throw ApiException.Unauthorized();
        }

        // The common name is the user, each organisation a group.
        List<string> groups = ["system:authenticated"];
        string name = "";
        foreach (X500RelativeDistinguishedName part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            switch (part.GetSingleElementType().FriendlyName)
            {
                case "CN":
                    name = part.GetSingleElementValue() ?? "";
                    break;
                case "O":
                    groups.Add(part.GetSingleElementValue() ?? "");
                    break;
                default:
                    break;
            }
        }

        return new ApiUser(name, groups);
    }
}
