using System.Collections;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>The API server and the service account that a Pod is given by the kubelet.</summary>
internal static class InClusterAccess
{
    private const string HostVariable = "KUBERNETES_SERVICE_HOST";
    private const string PortVariable = "KUBERNETES_SERVICE_PORT";

    /// <summary>Null when we run in no Pod, or in one without a service account.</summary>
    public static AccessResult? Load(AccessOptions options, IDictionary environment)
    {
        string token = Path.Combine(options.ServiceAccountFolder, "token");
        string authority = Path.Combine(options.ServiceAccountFolder, "ca.crt");
        if (Address(environment) is not (string host, string port) || !File.Exists(token) || !File.Exists(authority))
        {
            return null;
        }

        List<Problem> problems = [];
        Check(problems, token, LastGood<string>.Check([PemSource.OfFile(token)], PemContent.Token));
        Check(problems, authority, LastGood<X509Certificate2Collection>.Check([PemSource.OfFile(authority)], PemContent.Certificates));
        if (options.Context is { } context)
        {
            problems.Add(Error(null, $"there is no context '{Shown.Text(context)}': in a Pod without a kubeconfig there are none"));
        }

        if (ServerOf(host, port) is not { } server)
        {
            problems.Add(Error(null, $"{HostVariable}={Shown.Text(host)} and {PortVariable}={Shown.Text(port)} are not allowed; allowed is an address and a port"));
            return new AccessResult { Problems = [.. problems] };
        }

        ProxyAddress? proxy = ProxyEnvironment.For(server, environment, out string? trouble);
        if (trouble is not null)
        {
            problems.Add(Error(null, trouble));
        }

        return problems.Count > 0 ? new AccessResult { Problems = [.. problems] } : new AccessResult
        {
            Access = new ClusterAccess
            {
                Server = server,
                Source = $"service account in {options.ServiceAccountFolder}",
                CertificateAuthority = PemSource.OfFile(authority),
                Proxy = proxy,
                Namespace = ReadNamespace(Path.Combine(options.ServiceAccountFolder, "namespace")),
                User = "service account",
                Credentials = AccessCredentials.BearerFile(token),
            },
        };
    }

    /// <summary>What a user can do who has given nothing else.</summary>
    public static string WhyNot(AccessOptions options, IDictionary environment) => Address(environment) is null
        ? $"no API server is known: give a kubeconfig, set KUBECONFIG, or run in a Pod ({HostVariable} and {PortVariable} are not set)"
        : $"no service account: token and ca.crt are needed in {options.ServiceAccountFolder}; give a kubeconfig, set KUBECONFIG, or let the Pod mount the token";

    private static (string Host, string Port)? Address(IDictionary environment) =>
        environment[HostVariable] is string { Length: > 0 } host && environment[PortVariable] is string { Length: > 0 } port
            ? (host, port)
            : null;

    private static Uri? ServerOf(string host, string port) =>
        Uri.CheckHostName(host) != UriHostNameType.Unknown
        && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        && number is > 0 and <= ushort.MaxValue
        && Uri.TryCreate(host.Contains(':') ? $"https://[{host}]:{number}" : $"https://{host}:{number}", UriKind.Absolute, out Uri? server)
            ? server
            : null;

    private static string? ReadNamespace(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(BoundedFile.Read(path, 1024)).Trim() is { Length: > 0 } name ? name : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nice to know, nothing more.
            return null;
        }
    }

    private static void Check(List<Problem> problems, string file, string? trouble)
    {
        if (trouble is not null)
        {
            problems.Add(Error(file, trouble));
        }
    }

    private static Problem Error(string? file, string message) =>
        new() { Severity = ProblemSeverity.Error, File = file, Message = message };
}
