using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Whether the certificate that a server shows is one that we trust, and if not, why, in one line.</summary>
/// <param name="roots">Trusted certificates; null for those of the system.</param>
/// <param name="acceptsAll">Whether the user wants no check at all.</param>
internal sealed class ServerCertificate(X509Certificate2Collection? roots, bool acceptsAll)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private const X509ChainStatusFlags NoTrustedRoot = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;

    private const X509ChainStatusFlags WrongTime = X509ChainStatusFlags.NotTimeValid | X509ChainStatusFlags.CtlNotTimeValid;

    // A certificate for every node and service of a cluster has hundreds of names.
    private const int MaxNames = 8;

    /// <summary>How the chain is to be built: nothing is fetched, nobody is asked.</summary>
    public X509ChainPolicy Policy
    {
        get
        {
            X509ChainPolicy policy = new()
            {
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            policy.ApplicationPolicy.Add(new(ServerAuthentication));
            if (roots is not null)
            {
                policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
                policy.CustomTrustStore.AddRange(roots);
            }

            return policy;
        }
    }

    /// <summary>For the handshake. Throws rather than returns false, so that whoever connects learns the reason.</summary>
    /// <exception cref="ServerCertificateException">The certificate is not trusted.</exception>
    public bool Validate(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        if (acceptsAll || errors == SslPolicyErrors.None)
        {
            return true;
        }

        if (shown is not X509Certificate2 certificate || chain is null)
        {
            throw new ServerCertificateException("the server shows no certificate");
        }

        List<string> reasons = [];
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            reasons.Add($"is for {Names(certificate)}, not for {(sender as SslStream)?.TargetHostName}");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            AddChainReasons(certificate, chain, reasons);
        }

        return reasons.Count == 0 ? true : throw new ServerCertificateException($"the server's certificate {string.Join(", and ", reasons)}");
    }

    private void AddChainReasons(X509Certificate2 certificate, X509Chain chain, List<string> reasons)
    {
        int anchor = Anchor(chain);
        X509ChainStatusFlags flags = X509ChainStatusFlags.NoError;
        for (int i = 0; i < (anchor < 0 ? chain.ChainElements.Count : anchor + 1); i++)
        {
            flags |= chain.ChainElements[i].ChainElementStatus.Aggregate(X509ChainStatusFlags.NoError, (all, s) => all | s.Status);
        }

        if ((flags & WrongTime) != X509ChainStatusFlags.NoError)
        {
            reasons.Add(Time(certificate));
        }

        if (anchor < 0)
        {
            reasons.Add($"is not signed by {(roots is null ? "an authority that this system trusts" : "the certificate authority given for the cluster")}"
                + $" (issuer {certificate.Issuer})");
        }

        X509ChainStatusFlags others = flags & ~(NoTrustedRoot | WrongTime);
        if (others != X509ChainStatusFlags.NoError)
        {
            reasons.Add($"is not valid ({others})");
        }
    }

    /// <summary>
    /// The first certificate of the chain that is trusted; -1 for none. A bundle may hold an intermediate or the
    /// server's own certificate without the root, which is trust enough for client-go.
    /// </summary>
    private int Anchor(X509Chain chain)
    {
        int count = chain.ChainElements.Count;
        if (roots is null)
        {
            return chain.ChainStatus.Any(s => (s.Status & NoTrustedRoot) != X509ChainStatusFlags.NoError) ? -1 : count - 1;
        }

        for (int i = 0; i < count; i++)
        {
            if (roots.Any(r => r.RawDataMemory.Span.SequenceEqual(chain.ChainElements[i].Certificate.RawDataMemory.Span)))
            {
                return i;
            }
        }

        return -1;
    }

    private static string Time(X509Certificate2 certificate)
    {
        DateTime now = DateTime.UtcNow;
        return certificate.NotAfter.ToUniversalTime() < now ? $"expired at {Shown(certificate.NotAfter)}"
            : certificate.NotBefore.ToUniversalTime() > now ? $"is not valid before {Shown(certificate.NotBefore)}"
            : "has an issuer that expired";

        static string Shown(DateTime time) => $"{time.ToUniversalTime():yyyy-MM-ddTHH:mm:ssZ}";
    }

    private static string Names(X509Certificate2 certificate)
    {
        List<string> names = [];
        foreach (X509SubjectAlternativeNameExtension extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            names.AddRange(extension.EnumerateDnsNames());
            names.AddRange(extension.EnumerateIPAddresses().Select(a => a.ToString()));
        }

        return names.Count switch
        {
            0 => $"no name ({certificate.Subject})",
            > MaxNames => $"{string.Join(", ", names.Take(MaxNames))} and {names.Count - MaxNames} others",
            _ => string.Join(", ", names),
        };
    }
}
