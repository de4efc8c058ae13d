using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>A kubeconfig file with one context. Start from <see cref="For"/> and change with <c>with</c>.</summary>
public sealed record KubeconfigFile
{
    /// <summary>The server's URL.</summary>
    public required string Server { get; init; }

    /// <summary>Name of the context, the cluster and the user.</summary>
    public string Name { get; init; } = "test";

    /// <summary>PEM, written into the file as data.</summary>
    public string? AuthorityPem { get; init; }

    /// <summary>Path of a PEM file.</summary>
    public string? AuthorityFile { get; init; }

    public string? Token { get; init; }

    /// <summary>Path of a file with a token.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Certificate and key, written into the file as data.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Path of a PEM file.</summary>
    public string? ClientCertificateFile { get; init; }

    /// <summary>Path of a PEM file.</summary>
    public string? ClientKeyFile { get; init; }

    public bool SkipsTlsVerification { get; init; }

    public string? TlsServerName { get; init; }

    public string? ProxyUrl { get; init; }

    public string? Namespace { get; init; }

    /// <summary>Lines of YAML that go into the user as they are: an exec plugin, say.</summary>
    public string? UserYaml { get; init; }

    /// <summary>For a server: its URL and the authority to trust.</summary>
    public static KubeconfigFile For(FakeApiServer server) => new()
    {
        Server = server.Url.ToString().TrimEnd('/'),
        AuthorityPem = server.Options.UsesTls ? server.Authority.Pem : null,
    };

    public string ToYaml()
    {
        StringBuilder text = new();
        text.AppendLine("apiVersion: v1\nkind: Config").AppendLine($"current-context: {Name}");
        text.AppendLine("clusters:").AppendLine($"- name: {Name}\n  cluster:");
        Line(text, "server", Server);
        Line(text, "certificate-authority-data", AuthorityPem is null ? null : Base64(AuthorityPem));
        Line(text, "certificate-authority", AuthorityFile);
        Line(text, "insecure-skip-tls-verify", SkipsTlsVerification ? "true" : null, isText: false);
        Line(text, "tls-server-name", TlsServerName);
        Line(text, "proxy-url", ProxyUrl);
        text.AppendLine("contexts:").AppendLine($"- name: {Name}\n  context:");
        Line(text, "cluster", Name);
        Line(text, "user", Name);
        Line(text, "namespace", Namespace);
        text.AppendLine("users:").AppendLine(HasUser ? $"- name: {Name}\n  user:" : $"- name: {Name}\n  user: {{}}");
        Line(text, "token", Token);
        Line(text, "tokenFile", TokenFile);
        Line(text, "client-certificate-data", ClientCertificate is null ? null : Base64(ClientCertificate.ExportCertificatePem()));
        Line(text, "client-key-data", ClientKeyPem is null ? null : Base64(ClientKeyPem));
        Line(text, "client-certificate", ClientCertificateFile);
        Line(text, "client-key", ClientKeyFile);
        foreach (string line in (UserYaml ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            text.Append("    ").AppendLine(line);
        }

        return text.ToString();
    }

    /// <summary>Writes the file.</summary>
    /// <returns>Its path.</returns>
    public string WriteTo(string path)
    {
        File.WriteAllText(path, ToYaml());
        return path;
    }

    private string? ClientKeyPem
    {
        get
        {
            using ECDsa? key = ClientCertificate?.GetECDsaPrivateKey();
            return key?.ExportPkcs8PrivateKeyPem();
        }
    }

    private bool HasUser =>
        ClientCertificate is not null || (Token ?? TokenFile ?? ClientCertificateFile ?? ClientKeyFile ?? UserYaml) is not null;

    private static string Base64(string pem) => Convert.ToBase64String(Encoding.UTF8.GetBytes(pem));

    private static void Line(StringBuilder text, string key, string? value, bool isText = true)
    {
        if (value is not null)
        {
            text.AppendLine(isText ? $"    {key}: \"{value}\"" : $"    {key}: {value}");
        }
    }
}
