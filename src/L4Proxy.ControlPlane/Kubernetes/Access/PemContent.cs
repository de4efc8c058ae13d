using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Makes of bytes what is in them. All throw <see cref="InvalidDataException"/> or a CryptographicException.</summary>
internal static class PemContent
{
    /// <summary>Trusted roots.</summary>
    public static X509Certificate2Collection Certificates(byte[][] content)
    {
        X509Certificate2Collection certificates = [];
        certificates.ImportFromPem(Text(content[0]));
        return certificates.Count > 0
            ? certificates
            : throw new InvalidDataException("holds no certificate; PEM with BEGIN CERTIFICATE is needed");
    }

    /// <summary>A certificate with its intermediates (first part) and its private key (second part), RSA or EC.</summary>
    public static SslStreamCertificateContext ClientCertificate(byte[][] content)
    {
        X509Certificate2Collection chain = Certificates(content);
        X509Certificate2 leaf = X509Certificate2.CreateFromPem(Text(content[0]), Text(content[1]));
        if (OperatingSystem.IsWindows())
        {
            // TLS of Windows takes no key that is in memory alone.
            leaf = X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), password: null);
        }

        chain.RemoveAt(0);
        return SslStreamCertificateContext.Create(leaf, chain, offline: true);
    }

    /// <summary>A bearer token without the line end that editors add.</summary>
    public static string Token(byte[][] content)
    {
        string token = Text(content[0]).Trim();
        return token.Length == 0 ? throw new InvalidDataException("is empty")
            : HeaderText.IsValue(token) ? token
            : throw new InvalidDataException($"holds no token; {HeaderText.Allowed}");
    }

    private static string Text(byte[] content) => Encoding.UTF8.GetString(content);
}
