using System.Collections;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.ControlPlane.Kubernetes.Access;
using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.Tests.Kubernetes.Access;

/// <summary>Each mistake in a kubeconfig is one line: what, where, what is allowed. None shows a secret.</summary>
public sealed class KubeconfigProblemTests : IDisposable
{
    private const string Whole = """
        apiVersion: v1
        kind: Config
        current-context: c
        contexts:
        - name: c
          context: {cluster: c, user: u}
        clusters:
        - name: c
          cluster: {server: "https://a", CLUSTER}
        users:
        - name: u
          user: {USER}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("server: 5", "clusters")]
    [InlineData("tls-server-name: 'a b'", "9: cluster c: tls-server-name: 'a b' is not allowed; allowed is a host name or an IP address")]
    [InlineData("insecure-skip-tls-verify: maybe", "9: cluster c: insecure-skip-tls-verify: must be true or false, is the string \"maybe\"")]
    [InlineData("proxy-url: 'ftp://me:hunter2@x'", "9: cluster c: proxy-url: is not allowed; allowed is a URL such as http://host:port, https://host:port or socks5://host:port")]
    [InlineData("certificate-authority: nowhere", "9: cluster c: certificate-authority: FOLDER/nowhere cannot be read: it does not exist")]
    [InlineData("certificate-authority-data: '*'", "9: cluster c: certificate-authority-data: must be PEM in base64")]
    [InlineData("certificate-authority-data: aHVudGVyMg==", "9: cluster c: certificate-authority-data: holds no certificate; PEM with BEGIN CERTIFICATE is needed")]
    public void Load_BadCluster_IsOneLine(string cluster, string expected)
    {
        string text = cluster.StartsWith("server", StringComparison.Ordinal)
            ? Whole.Replace("server: \"https://a\", CLUSTER", cluster)
            : Whole.Replace("CLUSTER", cluster);
        string line = OnlyLine(text.Replace("USER", ""));
        Assert.Equal(cluster == "server: 5" ? "9: cluster c: server: must be a string: write \"5\" in quotes" : expected, line);
    }

    [Theory]
    [InlineData("''", "missing; a URL such as https://host:6443 is needed")]
    [InlineData("kube", "'kube' is not allowed; allowed is a URL such as https://host:6443")]
    [InlineData("'host:6443'", "'host:6443' is not allowed; allowed is a URL such as https://host:6443")]
    [InlineData("'ftp://host'", "'ftp://host' is not allowed; allowed is a URL such as https://host:6443")]
    [InlineData("'ftp://me:hunter2@host'", "is not allowed; allowed is a URL such as https://host:6443")]
    [InlineData("'https://me:hunter2@host'", "must have no user, query or fragment; allowed is a URL such as https://host:6443")]
    public void Load_BadServer_IsOneLine(string server, string expected) =>
        Assert.Equal(
            $"9: cluster c: server: {expected}",
            OnlyLine(Whole.Replace("\"https://a\", CLUSTER", server).Replace("USER", "")));

    [Theory]
    [InlineData("auth-provider: {name: gcp}", "auth-provider: is not supported; use exec with the credential plugin of the provider, tokenFile, or a client certificate")]
    [InlineData("token: 12345", "token: must be a string in quotes")]
    [InlineData("token: [hunter2]", "token: must be a string in quotes")]
    [InlineData("token: \"hunter2\\n\"", "token: allowed is one line of printable ASCII")]
    [InlineData("password: 12345", "password: must be a string in quotes")]
    [InlineData("token: hunter2, username: a", "token: not allowed together with username or password")]
    [InlineData("tokenFile: nowhere", "tokenFile: FOLDER/nowhere cannot be read: it does not exist")]
    [InlineData("client-certificate-data: aHVudGVyMg==", "client-key: missing; client-key or client-key-data is needed with client-certificate")]
    [InlineData("client-certificate-data: aHVudGVyMg==, client-key-data: aHVudGVyMg==",
        "client-certificate-data: holds no certificate; PEM with BEGIN CERTIFICATE is needed (certificate and key)")]
    [InlineData("client-key-data: hunter2-", "client-key-data: must be PEM in base64")]
    [InlineData("as-groups: [a]", "as: missing; as-uid, as-groups and as-user-extra need it")]
    [InlineData("as: a, as-groups: [a, b]", "as-groups: more than one value is not supported")]
    [InlineData("exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}",
        "exec.interactiveMode: Always is not supported: nobody is there to answer; allowed is Never or IfAvailable")]
    [InlineData("exec: {command: x, apiVersion: client.authentication.k8s.io/v1}", "exec.interactiveMode: missing; Never or IfAvailable is needed")]
    [InlineData("exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Sometimes}",
        "exec.interactiveMode: 'Sometimes' is not allowed; allowed is Never, IfAvailable, Always")]
    [InlineData("exec: {command: x}",
        "exec.apiVersion: missing; client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1 is needed")]
    [InlineData("exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}",
        "exec.apiVersion: 'client.authentication.k8s.io/v1alpha1' is not allowed; allowed is client.authentication.k8s.io/v1, client.authentication.k8s.io/v1beta1")]
    [InlineData("exec: {apiVersion: client.authentication.k8s.io/v1beta1}", "exec.command: missing; the plugin to run is needed")]
    [InlineData("exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1, args: [12345]}", "exec.args[0]: must be a string in quotes")]
    [InlineData("exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1, env: [{value: hunter2}]}",
        "exec.env[0].name: missing; the name of a variable is needed")]
    [InlineData("exec: 7", "exec: must be a mapping, is 7")]
    public void Load_BadUser_IsOneLine(string user, string expected) =>
        Assert.Equal($"12: user u: {expected}", OnlyLine(Whole.Replace("CLUSTER", "").Replace("USER", user)));

    [Theory]
    [InlineData("current-context: c", "", "current-context: missing; allowed is c")]
    [InlineData("current-context: c", "current-context: d", "current-context: there is no context 'd'; allowed is c")]
    [InlineData("cluster: c, user: u", "cluster: d", "6: context c: cluster: there is no cluster 'd'; allowed is c")]
    [InlineData("cluster: c, user: u", "cluster: c, user: v", "6: context c: user: there is no user 'v'; allowed is u")]
    [InlineData("cluster: c, user: u", "", "6: context c: cluster: missing; allowed is c")]
    [InlineData("kind: Config", "kind: Service", "2: kind: 'Service' is not allowed; allowed is Config")]
    [InlineData("apiVersion: v1", "apiVersion: v2", "1: apiVersion: 'v2' is not allowed; allowed is v1")]
    [InlineData("users:", "hunter2: *hunter2\nusers:", "10: is not well-formed YAML or JSON")]
    [InlineData("- name: u", "- name: u\n- name: u", "12: users[1].name: there are two users named 'u'")]
    [InlineData("apiVersion: v1", "apiVersion: v1\n\u0001", "is not well-formed YAML or JSON")]
    public void Load_BadFile_IsOneLine(string part, string replacement, string expected)
    {
        string line = OnlyLine(Whole.Replace("CLUSTER", "").Replace("USER", "").Replace(part, replacement));
        Assert.EndsWith(expected, line);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("{}")]
    public void Load_Empty_SaysThatNoContextIsThere(string text) =>
        Assert.Equal("current-context: missing; there is none to choose", OnlyLine(text));

    [Theory]
    [InlineData("5", "1: must be a kubeconfig: a mapping with clusters, users and contexts")]
    [InlineData("[]", "1: must be a kubeconfig: a mapping with clusters, users and contexts")]
    public void Load_NoMapping_IsNoKubeconfig(string text, string expected) => Assert.Equal(expected, OnlyLine(text));

    [Fact]
    public void Load_MistakeInAnotherContext_HarmsNobody()
    {
        string text = Whole.Replace("CLUSTER", "").Replace("USER", "token: t") + "\n- {name: other, user: {auth-provider: {}}}\n";
        Assert.Empty(Load(_folder.Write("config", text)).Problems);
    }

    [Fact]
    public void Load_CertificateAndKeyOfDifferentPairs_IsOneLine()
    {
        using Authority authority = new();
        _folder.Write("a.crt", authority.Client("a").Certificate);
        _folder.Write("b.key", authority.Client("b").Key);
        string line = OnlyLine(Whole.Replace("CLUSTER", "").Replace("USER", "client-certificate: a.crt, client-key: b.key"));
        Assert.StartsWith($"12: user u: client-certificate: FOLDER/a.crt and FOLDER/b.key is not usable: ", line);
    }

    [Fact]
    public void Load_DataAndFile_DataGoesFirst()
    {
        using Authority authority = new();
        string data = Convert.ToBase64String(Encoding.ASCII.GetBytes(authority.Pem));
        string text = Whole.Replace("CLUSTER", $"certificate-authority: nowhere, certificate-authority-data: {data}").Replace("USER", "");
        Assert.Equal(authority.Pem, Encoding.ASCII.GetString(Load(_folder.Write("config", text)).Access!.CertificateAuthority!.Read()));
    }

    [Fact]
    public void Load_MutatedText_NeverThrowsAndSaysOneLineEach()
    {
        using Authority authority = new();
        (string certificate, string key) = authority.Client("a");
        string seed = Whole
            .Replace("CLUSTER", $"certificate-authority-data: {Base64(authority.Pem)}, proxy-url: 'http://me:hunter2@x', extensions: [{{name: a, extension: {{}}}}]")
            .Replace("USER", $"token: hunter2, client-certificate-data: {Base64(certificate)}, client-key-data: {Base64(key)}, as: a, as-groups: [b], "
                + "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, args: [a], env: [{name: a, value: hunter2}], provideClusterInfo: true}");
        string[] tokens = ["{", "}", "[", "]", ": ", "\n", "- ", "*a", "&a ", "'", "\"", "~", "5", "\0", "true", "<<: ", "|", "\t", "hunter2: ", "@", "#", "é"];
        Gen<(int, int, int)> edit =
            from at in Gen.Choose(0, int.MaxValue - 1)
            from length in Gen.Choose(0, 12)
            from token in Gen.Choose(0, tokens.Length)
            select (at, length, token);

        Prop.ForAll(Gen.ListOf(edit).ToArbitrary(), edits =>
        {
            StringBuilder text = new(seed);
            foreach ((int at, int length, int token) in edits.Take(5))
            {
                int start = at % (text.Length + 1);
                text.Remove(start, Math.Min(length, text.Length - start)).Insert(start, token < tokens.Length ? tokens[token] : "");
            }

            AccessResult result = Load(_folder.Write("mutated", text.ToString()));
            Assert.NotEqual(result.IsUsable, result.Problems.Length > 0);
            Assert.All(result.Problems, p => Assert.DoesNotContain(p.ToString(), char.IsControl));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private string OnlyLine(string text)
    {
        string file = _folder.Write("config", text);
        string line = Assert.Single(Load(file).Problems).ToString();
        Assert.DoesNotContain("hunter2", line);
        Assert.DoesNotContain("aHVudGVyMg", line);
        Assert.DoesNotContain("12345", line);
        Assert.StartsWith(file + ":", line);
        return line[(file.Length + 1)..].TrimStart().Replace(_folder.Path, "FOLDER");
    }

    private static AccessResult Load(string file) => KubernetesAccess.Load(new AccessOptions { Kubeconfig = file }, new Hashtable());

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
