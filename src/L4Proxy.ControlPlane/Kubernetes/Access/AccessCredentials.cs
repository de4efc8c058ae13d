namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Who we are to the API server. Says of what kind it is, never what it is.</summary>
public sealed class AccessCredentials
{
    public static AccessCredentials None => new();

    internal PemSource? Certificate { get; init; }

    internal PemSource? Key { get; init; }

    internal string? Token { get; init; }

    /// <summary>Goes before <see cref="Token"/> as long as it can be read.</summary>
    internal string? TokenFile { get; init; }

    internal string? UserName { get; init; }

    internal string? Password { get; init; }

    /// <summary>Used for what is not given by any of the others.</summary>
    internal ExecPlugin? Exec { get; init; }

    /// <summary>Headers that ask the server to act for somebody else.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>> Impersonation { get; init; } = [];

    public static AccessCredentials Bearer(string token) => new() { Token = token };

    public static AccessCredentials BearerFile(string path) => new() { TokenFile = path };

    public static AccessCredentials ClientCertificate(PemSource certificate, PemSource key) => new() { Certificate = certificate, Key = key };

    public override string ToString()
    {
        List<string> kinds = [];
        Add(Certificate is not null, "client certificate");
        Add(TokenFile is not null, "token file");
        Add(Token is not null && TokenFile is null, "token");
        Add(UserName is not null, "password");
        Add(Exec is not null, "exec plugin");
        Add(Impersonation.Count > 0, "impersonation");
        return kinds.Count > 0 ? string.Join(", ", kinds) : "none";

        void Add(bool present, string kind)
        {
            if (present)
            {
                kinds.Add(kind);
            }
        }
    }
}
