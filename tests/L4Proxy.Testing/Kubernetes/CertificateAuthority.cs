using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>An authority that exists only in this process, and what it issues.</summary>
public sealed class CertificateAuthority : IDisposable
{
    // id-kp-serverAuth and id-kp-clientAuth, RFC 5280 section 4.2.1.12.
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private static readonly TimeSpan s_lifetime = TimeSpan.FromDays(1);

    private readonly X509Certificate2 _certificate;

    public CertificateAuthority(string name = "l4proxy-test-ca")
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        _certificate = request.CreateSelfSigned(now - s_lifetime, now + s_lifetime);
    }

    /// <summary>Its own certificate, for clients to trust.</summary>
    public string Pem => _certificate.ExportCertificatePem();

    /// <summary>A certificate for servers.</summary>
    /// <param name="names">DNS names and addresses that it is for.</param>
    public X509Certificate2 IssueServer(params IReadOnlyList<string> names)
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

        X500DistinguishedNameBuilder subject = new();
        subject.AddCommonName("kube-apiserver");
        return Issue(subject, ServerUsage, s_lifetime, alternatives);
    }

    /// <summary>A certificate for clients, with its key.</summary>
    /// <param name="user">The user that it stands for.</param>
    /// <param name="groups">The user's groups.</param>
    /// <param name="lifetime">How long it is good; negative for one that was good until then.</param>
    public X509Certificate2 IssueClient(string user, IReadOnlyList<string>? groups = null, TimeSpan? lifetime = null)
    {
        X500DistinguishedNameBuilder subject = new();
        foreach (string group in groups ?? [])
        {
            subject.AddOrganizationName(group);
        }

        subject.AddCommonName(user);
        return Issue(subject, ClientUsage, lifetime ?? s_lifetime, alternatives: null);
    }

    /// <summary>Whether it has issued the certificate, and that is good now.</summary>
    public bool HasIssued(X509Certificate2 certificate)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    public void Dispose() => _certificate.Dispose();

    private X509Certificate2 Issue(
        X500DistinguishedNameBuilder subject, string usage, TimeSpan lifetime, SubjectAlternativeNameBuilder? alternatives)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        if (alternatives is not null)
        {
            request.CertificateExtensions.Add(alternatives.Build());
        }

        // A certificate must not outlive the authority's.
        DateTimeOffset now = DateTimeOffset.UtcNow;
        TimeSpan longest = s_lifetime - TimeSpan.FromMinutes(1);
        using X509Certificate2 certificate = request.Create(
            _certificate, now - longest, now + (lifetime < longest ? lifetime : longest), Guid.NewGuid().ToByteArray());
        return certificate.CopyWithPrivateKey(key);
    }
}
