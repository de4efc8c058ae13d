namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Where the API server is, how to know that it is the right one, and who we are to it. Holds no secret that could be printed.</summary>
public sealed record ClusterAccess
{
    /// <summary>http or https; its path, if any, goes before that of each request.</summary>
    public required Uri Server { get; init; }

    /// <summary>Where this was found, for a log line: <c>context dev of /etc/kubeconfig</c>.</summary>
    public string Source { get; init; } = "code";

    /// <summary>Trusted roots, PEM; null for those of the system.</summary>
    public PemSource? CertificateAuthority { get; init; }

    /// <summary>The name that the server's certificate must have; null for the host of <see cref="Server"/>.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>Whether the server's certificate is not looked at.</summary>
    public bool InsecureSkipTlsVerify { get; init; }

    /// <summary>The proxy on the way; null for none.</summary>
    public ProxyAddress? Proxy { get; init; }

    /// <summary>Namespace of the context, or of the Pod; null when it says none.</summary>
    public string? Namespace { get; init; }

    /// <summary>The user as messages call it; null when there is none.</summary>
    public string? User { get; init; }

    public AccessCredentials Credentials { get; init; } = AccessCredentials.None;
}
