using System.Collections.Immutable;
using System.Net.Security;
using L4Proxy.ControlPlane.Manifests;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Reads a user of a kubeconfig.</summary>
/// <param name="entry">The user.</param>
/// <param name="clusterInfo">The cluster as an exec plugin may see it.</param>
internal sealed class UserReader(KubeconfigEntry entry, Func<byte[]> clusterInfo)
{
    private const string CertificateKey = "client-certificate";
    private const string KeyKey = "client-key";

    public AccessCredentials Read()
    {
        Field root = entry.Root;
        if (root["auth-provider"].IsSet)
        {
            root["auth-provider"].Error("is not supported; use exec with the credential plugin of the provider, tokenFile, or a client certificate");
        }

        (PemSource? certificate, PemSource? key) = ReadCertificate();
        string? token = root["token"].HeaderSecret();
        string? tokenFile = ReadTokenFile(root["tokenFile"], isNeeded: token is null);
        string? userName = root["username"].Secret();
        string? password = root["password"].Secret();
        if ((userName ?? password) is not null && token is not null)
        {
            root["token"].Error("not allowed together with username or password");
        }

        return new AccessCredentials
        {
            Certificate = certificate,
            Key = key,
            Token = token,
            TokenFile = tokenFile,
            UserName = userName,
            Password = password,
            Exec = root["exec"].Map(exec => new ExecReader(exec, entry, clusterInfo).Read()),
            Impersonation = ReadImpersonation(root),
        };
    }

    private (PemSource? Certificate, PemSource? Key) ReadCertificate()
    {
        PemSource? certificate = entry.FileOrData(CertificateKey);
        PemSource? key = entry.FileOrData(KeyKey);
        if (entry.Problems.Count > 0)
        {
            return default;
        }

        if (certificate is null || key is null)
        {
            if (certificate is not null)
            {
                entry.Root[KeyKey].Error($"missing; {KeyKey} or {KeyKey}-data is needed with {CertificateKey}");
            }

            // A key without a certificate means nothing; client-go does not look at it either.
            return default;
        }

        if (LastGood<SslStreamCertificateContext>.Check([certificate, key], PemContent.ClientCertificate) is { } trouble)
        {
            string paths = string.Join(" and ", new[] { certificate.Path, key.Path }.OfType<string>());
            entry.FieldOf(CertificateKey, certificate).Error(
                paths.Length > 0 ? $"{Translation.Shown.Message(paths)} {trouble}" : $"{trouble} (certificate and key)");
        }

        return (certificate, key);
    }

    private string? ReadTokenFile(Field field, bool isNeeded)
    {
        if (field.Text() is not { } path)
        {
            return null;
        }

        string full = entry.Resolve(path);
        if (isNeeded && LastGood<string>.Check([PemSource.OfFile(full)], PemContent.Token) is { } trouble)
        {
            field.Error($"{Translation.Shown.Message(full)} {trouble}");
        }

        return full;
    }

    private static ImmutableArray<KeyValuePair<string, string>> ReadImpersonation(Field root)
    {
        ImmutableArray<KeyValuePair<string, string>>.Builder headers = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        Add("Impersonate-User", root["as"].HeaderSecret());
        Add("Impersonate-Uid", root["as-uid"].HeaderSecret());
        Add("Impersonate-Group", Single(root["as-groups"]));
        if (root["as-user-extra"].Check().Node is ManifestMapping extra)
        {
            foreach (string key in extra.Entries.Keys)
            {
                Add($"Impersonate-Extra-{Uri.EscapeDataString(key.ToLowerInvariant())}", Single(root["as-user-extra"][key]));
            }
        }

        if (headers.Count > 0 && headers[0].Key != "Impersonate-User")
        {
            root["as"].Error("missing; as-uid, as-groups and as-user-extra need it");
        }

        return headers.ToImmutable();

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                headers.Add(new(name, value));
            }
        }
    }

    /// <summary>The platform joins headers of one name with commas, which the API server takes for one value.</summary>
    private static string? Single(Field list)
    {
        List<string?> values = list.List(item => item.HeaderSecret());
        if (values.Count > 1)
        {
            list.Error("more than one value is not supported");
        }

        return values.FirstOrDefault();
    }
}
