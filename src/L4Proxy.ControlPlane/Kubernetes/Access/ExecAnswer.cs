using System.Net.Security;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Makes a credential of what an exec plugin printed.</summary>
internal static class ExecAnswer
{
    // The clocks of client and server differ a little, and a request takes its time; client-go's leeway for tokens.
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(10);

    /// <exception cref="ExecFailedException">It is no usable credential.</exception>
    public static ExecCredential Read(byte[] output, string apiVersion, DateTimeOffset now)
    {
        ExecCredentialStatus status = Parse(output, apiVersion);
        bool hasCertificate = !string.IsNullOrEmpty(status.ClientCertificateData);
        if (hasCertificate == string.IsNullOrEmpty(status.ClientKeyData))
        {
            throw new ExecFailedException("printed only one of clientCertificateData and clientKeyData; both are needed");
        }

        bool hasToken = !string.IsNullOrEmpty(status.Token);
        if (!hasToken && !hasCertificate)
        {
            throw new ExecFailedException("printed neither a token nor a client certificate");
        }

        if (hasToken && !HeaderText.IsValue(status.Token!))
        {
            throw new ExecFailedException($"printed a token that cannot be sent; {HeaderText.Allowed}");
        }

        return new ExecCredential(
            hasToken ? $"Bearer {status.Token}" : null,
            hasCertificate ? Certificate(status) : null,
            UseUntil(status.ExpirationTimestamp, now));
    }

    private static ExecCredentialStatus Parse(byte[] output, string apiVersion)
    {
        ExecCredentialDocument? document;
        try
        {
            document = JsonSerializer.Deserialize(output, ExecJson.Default.ExecCredentialDocument);
        }
        catch (JsonException)
        {
            // The parser's message may show a part of what was printed.
            throw new ExecFailedException("printed no JSON of kind ExecCredential");
        }

        if (document is not { Kind: "ExecCredential" })
        {
            throw new ExecFailedException($"printed kind '{Shown.Text(document?.Kind ?? "")}'; ExecCredential is needed");
        }

        return document.ApiVersion != apiVersion
            ? throw new ExecFailedException(
                $"printed apiVersion '{Shown.Text(document.ApiVersion ?? "")}'; the kubeconfig says {apiVersion}")
            : document.Status ?? throw new ExecFailedException("printed no status");
    }

    private static SslStreamCertificateContext Certificate(ExecCredentialStatus status)
    {
        try
        {
            return PemContent.ClientCertificate(
                [Encoding.UTF8.GetBytes(status.ClientCertificateData!), Encoding.UTF8.GetBytes(status.ClientKeyData!)]);
        }
        catch (Exception e) when (e is CryptographicException or InvalidDataException or ArgumentException)
        {
            throw new ExecFailedException($"printed a client certificate that is not usable: {Shown.Message(e.Message)}");
        }
    }

    private static DateTimeOffset? UseUntil(DateTimeOffset? expiry, DateTimeOffset now)
    {
        if (expiry is not { } end)
        {
            return null;
        }

        if (end <= now)
        {
            throw new ExecFailedException($"printed a credential that expired at {end.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}");
        }

        // What lives shorter than the margin is still used for half of its life.
        TimeSpan half = (end - now) / 2;
        return end - (half < s_margin ? half : s_margin);
    }
}
