using System.Collections;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using L4Proxy.ControlPlane.Manifests;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Reads a cluster of a kubeconfig.</summary>
internal sealed class ClusterReader(KubeconfigEntry entry)
{
    private const string AuthorityKey = "certificate-authority";
    private const string ExecExtension = "client.authentication.k8s.io/exec";
    private const string ServerAllowed = "a URL such as https://host:6443";

    public ClusterAccess? Read(IDictionary environment)
    {
        Field root = entry.Root;
        Uri? server = ReadServer(root["server"]);
        bool insecure = root["insecure-skip-tls-verify"].Boolean() ?? false;
        PemSource? authority = entry.FileOrData(AuthorityKey);
        CheckAuthority(authority, insecure);
        ProxyAddress? proxy = ReadProxy(root["proxy-url"]);
        string? serverName = ReadServerName(root["tls-server-name"]);
        if (entry.Problems.Count > 0 || server is null)
        {
            return null;
        }

        if (proxy is null)
        {
            proxy = ProxyEnvironment.For(server, environment, out string? trouble);
            if (trouble is not null)
            {
                root["server"].Error(trouble);
            }
        }

        return new ClusterAccess
        {
            Server = server,
            CertificateAuthority = authority,
            InsecureSkipTlsVerify = insecure,
            TlsServerName = serverName,
            Proxy = proxy,
        };
    }

    /// <summary>The cluster as an exec plugin may see it.</summary>
    public byte[] WriteExecInfo(ClusterAccess cluster)
    {
        using MemoryStream content = new();
        using (Utf8JsonWriter writer = new(content))
        {
            writer.WriteStartObject();
            writer.WriteString("server", entry.Root["server"].Text());
            if (cluster.TlsServerName is { } name)
            {
                writer.WriteString("tls-server-name", name);
            }

            if (cluster.InsecureSkipTlsVerify)
            {
                writer.WriteBoolean("insecure-skip-tls-verify", true);
            }

            if (cluster.CertificateAuthority is { } authority)
            {
                writer.WriteBase64String("certificate-authority-data", authority.Read());
            }

            if (entry.Root["proxy-url"].Text() is { } proxy)
            {
                writer.WriteString("proxy-url", proxy);
            }

            WriteConfig(writer);
            writer.WriteEndObject();
        }

        return content.ToArray();
    }

    private void WriteConfig(Utf8JsonWriter writer)
    {
        foreach (Field extension in entry.Root["extensions"].Objects(item => item))
        {
            if (extension["name"].String() == ExecExtension && extension["extension"].Node is { } config)
            {
                writer.WritePropertyName("config");
                JsonText.Write(writer, config);
                return;
            }
        }
    }

    private static Uri? ReadServer(Field field)
    {
        if (field.Text() is not { } text)
        {
            if (!field.IsSet || field.Node is ManifestScalar { Text: "" })
            {
                field.Error($"missing; {ServerAllowed} is needed");
            }

            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "https" or "http" && url.Host.Length > 0)
        {
            if (url.UserInfo.Length == 0 && url.Query.Length == 0 && url.Fragment.Length == 0)
            {
                return url;
            }

            field.Error($"must have no user, query or fragment; allowed is {ServerAllowed}");
            return null;
        }

        if (text.Contains('@'))
        {
            field.Error($"is not allowed; allowed is {ServerAllowed}");
        }
        else
        {
            field.Refuse(text, ServerAllowed);
        }

        return null;
    }

    private void CheckAuthority(PemSource? authority, bool insecure)
    {
        if (authority is null)
        {
            return;
        }

        Field field = entry.FieldOf(AuthorityKey, authority);
        if (insecure)
        {
            field.Error("not allowed together with insecure-skip-tls-verify: true");
        }
        else if (LastGood<X509Certificate2Collection>.Check([authority], PemContent.Certificates) is { } trouble)
        {
            field.Error(authority.Path is { } path ? $"{Translation.Shown.Message(path)} {trouble}" : trouble);
        }
    }

    private static ProxyAddress? ReadProxy(Field field)
    {
        if (field.Secret() is not { } text)
        {
            return null;
        }

        ProxyAddress? proxy = ProxyAddress.TryParse(text);
        if (proxy is null)
        {
            field.Error($"is not allowed; allowed is {ProxyAddress.Allowed}");
        }

        return proxy;
    }

    private static string? ReadServerName(Field field)
    {
        string? name = field.Text();
        if (name is not null && Uri.CheckHostName(name) == UriHostNameType.Unknown)
        {
            field.Refuse(name, "a host name or an IP address");
        }

        return name;
    }
}
