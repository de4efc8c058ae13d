using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace L4Proxy.Tests.Kubernetes.Access;

/// <summary>A certificate authority of a test's own.</summary>
internal sealed class Authority : IDisposable
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private readonly ECDsa _key;

    public Authority(string name = "CN=test authority", Authority? parent = null)
    {
        _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(name, _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        DateTimeOffset from = DateTimeOffset.UtcNow.AddDays(-30);
        DateTimeOffset to = DateTimeOffset.UtcNow.AddDays(30);
        Certificate = parent is null
            ? request.CreateSelfSigned(from, to)
            : request.Create(parent.Certificate.SubjectName, parent.Generator, from, to, Serial());
    }

    public X509Certificate2 Certificate { get; }

    public string Pem => Certificate.ExportCertificatePem() + "\n";

    private X509SignatureGenerator Generator => X509SignatureGenerator.CreateForECDsa(_key);

    /// <summary>A server's certificate with its key.</summary>
    public X509Certificate2 Server(params string[] names) => Server(DateTimeOffset.UtcNow.AddDays(1), names);

    public X509Certificate2 Server(DateTimeOffset end, params string[] names)
    {
        SubjectAlternativeNameBuilder alternatives = new();
        foreach (string name in names)
        {
            if (IPAddress.TryParse(name, out IPAddress? address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=server", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(alternatives.Build());
        using X509Certificate2 certificate = Issue(request, ServerUse, end);
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>A client's certificate and its key, as PEM.</summary>
    public (string Certificate, string Key) Client(string name, bool rsa = false)
    {
        if (rsa)
        {
            using RSA key = RSA.Create(2048);
            CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            using X509Certificate2 certificate = Issue(request, ClientUse, DateTimeOffset.UtcNow.AddDays(1));
            return (certificate.ExportCertificatePem() + "\n", key.ExportRSAPrivateKeyPem());
        }

        using ECDsa ecKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest ecRequest = new($"CN={name}", ecKey, HashAlgorithmName.SHA256);
        using X509Certificate2 ecCertificate = Issue(ecRequest, ClientUse, DateTimeOffset.UtcNow.AddDays(1));
        return (ecCertificate.ExportCertificatePem() + "\n", ecKey.ExportECPrivateKeyPem());
    }

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    private X509Certificate2 Issue(CertificateRequest request, string use, DateTimeOffset end)
    {
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], critical: false));
        return request.Create(Certificate.SubjectName, Generator, DateTimeOffset.UtcNow.AddDays(-20), end, Serial());
    }

    private static byte[] Serial() => RandomNumberGenerator.GetBytes(8);
}
