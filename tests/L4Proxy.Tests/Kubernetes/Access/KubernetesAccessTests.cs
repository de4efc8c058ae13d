using System.Collections;
using System.Text;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Kubernetes.Access;
using L4Proxy.Testing;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace L4Proxy.Tests.Kubernetes.Access;

/// <summary>Where the way to the cluster is looked for, and how several kubeconfigs become one.</summary>
public sealed class KubernetesAccessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Hashtable _environment = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_Nothing_SaysWhatToDo()
    {
        Assert.Equal(
            ["no API server is known: give a kubeconfig, set KUBECONFIG, or run in a Pod (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set)"],
            Lines(Load()));
    }

    [Fact]
    public void Load_Order_IsFileThenVariableThenPodThenHome()
    {
        _environment["HOME"] = _folder.Path;
        _folder.Write(".kube/config", Config("https://home"));
        Assert.False(Load().IsUsable);
        Assert.Equal("https://home/", Server(Load(home: true)));

        WriteServiceAccount();
        Assert.Equal("https://10.43.0.1/", Server(Load(home: true)));

        _environment["KUBECONFIG"] = _folder.Write("variable", Config("https://variable"));
        Assert.Equal("https://variable/", Server(Load(home: true)));

        AccessResult result = Load(_folder.Write("file", Config("https://file")), home: true);
        Assert.Equal("https://file/", Server(result));
        Assert.Equal($"context c of {_folder["file"]}", result.Access!.Source);
    }

    [Fact]
    public void Load_InPod_TakesTheServiceAccount()
    {
        WriteServiceAccount();
        _environment["HTTPS_PROXY"] = "http://proxy.example:3128";
        ClusterAccess access = Load().Access!;
        Assert.Equal(new Uri("https://10.43.0.1:443"), access.Server);
        Assert.Equal(_folder["sa/ca.crt"], access.CertificateAuthority!.Path);
        Assert.Equal(_folder["sa/token"], access.Credentials.TokenFile);
        Assert.Equal("kube-system", access.Namespace);
        Assert.Equal("http://proxy.example:3128", access.Proxy!.ToString());
        Assert.Equal($"service account in {_folder["sa"]}", access.Source);

        _environment["KUBERNETES_SERVICE_HOST"] = "fd00::1";
        _environment["KUBERNETES_SERVICE_PORT"] = "6443";
        Assert.Equal("https://[fd00::1]:6443/", Server(Load()));
    }

    [Fact]
    public void Load_InPodButBroken_SaysWhat()
    {
        WriteServiceAccount();
        _folder.Write("sa/token", " \n");
        Assert.Equal([$"{_folder["sa/token"]}: is empty"], Lines(Load()));

        WriteServiceAccount();
        _environment["KUBERNETES_SERVICE_PORT"] = "x";
        Assert.Equal(
            ["KUBERNETES_SERVICE_HOST=10.43.0.1 and KUBERNETES_SERVICE_PORT=x are not allowed; allowed is an address and a port"], Lines(Load()));

        File.Delete(_folder["sa/token"]);
        Assert.Equal(
            [$"no service account: token and ca.crt are needed in {_folder["sa"]}; give a kubeconfig, set KUBECONFIG, or let the Pod mount the token"],
            Lines(Load()));
    }

    [Fact]
    public void Load_List_FirstToSetWins()
    {
        string first = _folder.Write("a/first", """
            clusters: [{name: shared, cluster: {server: https://first}}]
            contexts: [{name: one, context: {cluster: shared, user: shared}}]
            users: [{name: shared, user: {username: first}}]
            """);
        string second = _folder.Write("b/second", """
            current-context: two
            clusters: [{name: shared, cluster: {server: https://second, tls-server-name: second}}, {name: own, cluster: {server: https://own}}]
            contexts: [{name: two, context: {cluster: shared, user: shared, namespace: n}}, {name: one, context: {cluster: own}}]
            users: [{name: shared, user: {token: second}}]
            """);
        string third = _folder.Write("third", "current-context: one");
        _environment["KUBECONFIG"] = string.Join(Path.PathSeparator, ["", _folder["missing"], first, second, first, third]);

        // An entry is the first file's as a whole: neither the second's tls-server-name nor its token is added.
        ClusterAccess access = Load().Access!;
        Assert.Equal(("https://first/", null, "n", "shared"), (access.Server.ToString(), access.TlsServerName, access.Namespace, access.User));
        Assert.Equal(("first", null), (access.Credentials.UserName, access.Credentials.Token));
        Assert.StartsWith("context two of ", access.Source);

        Assert.Equal("https://first/", Server(Load(context: "one")));
        Assert.EndsWith("there is no context 'three'; allowed is one, two", Assert.Single(Lines(Load(context: "three"))));
    }

    [Fact]
    public void Load_MissingFiles_AreSkippedUnlessAllAre()
    {
        string missing = _folder["missing"];
        Assert.Equal([$"{missing}: it does not exist (kubeconfig)"], Lines(Load(missing)));
        _environment["KUBECONFIG"] = $"{missing}{Path.PathSeparator}{missing}2";
        Assert.Contains("none of these exists (from the variable KUBECONFIG)", Assert.Single(Lines(Load())));
        Assert.Equal("https://a/", Server(Load($"{missing}{Path.PathSeparator}{_folder.Write("a", Config("https://a"))}")));
    }

    [Fact]
    public void Load_BrokenFileInTheList_IsNotSkipped()
    {
        string good = _folder.Write("good", Config("https://good"));
        string bad = _folder.Write("bad", "clusters: [\n");
        Assert.Contains(bad, Assert.Single(Lines(Load($"{good}{Path.PathSeparator}{bad}"))));
        Assert.Contains("it is a folder", Assert.Single(Lines(Load($"{good}{Path.PathSeparator}{_folder.Path}"))));
    }

    [Fact]
    public void Load_RelativePaths_AreRelativeToTheFileThatNamesThem()
    {
        using Authority authority = new();
        (string certificate, string key) = authority.Client("x");
        _folder.Write("a/pki/ca.crt", authority.Pem);
        _folder.Write("b/x.crt", certificate);
        _folder.Write("key", key);
        _folder.Write("b/token", "t");
        string clusters = _folder.Write("a/clusters", """
            clusters: [{name: c, cluster: {server: https://a, certificate-authority: pki/ca.crt}}]
            contexts: [{name: c, context: {cluster: c, user: u}}]
            current-context: c
            """);
        string users = _folder.Write("b/users", """
            users:
            - name: u
              user:
                client-certificate: x.crt
                client-key: ../key
                tokenFile: token
                exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./bin/plugin}
            """);

        AccessResult result = Load($"{clusters}{Path.PathSeparator}{users}");
        Assert.Empty(result.Problems);
        ClusterAccess access = result.Access!;
        Assert.Equal(_folder["a/pki/ca.crt"], access.CertificateAuthority!.Path);
        Assert.Equal(_folder["b/x.crt"], access.Credentials.Certificate!.Path);
        Assert.Equal(_folder["key"], Path.GetFullPath(access.Credentials.Key!.Path!));
        Assert.Equal(_folder["b/token"], access.Credentials.TokenFile);
        Assert.Equal(_folder["b/bin/plugin"], Path.GetFullPath(access.Credentials.Exec!.Command));
    }

    [Fact]
    public void Load_Json_IsReadToo()
    {
        string file = _folder.Write("config.json", """
            {
            	"kind": "Config", "apiVersion": "v1", "preferences": {}, "unknown": [1, {"a": null}],
            	"current-context": "c",
            	"contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": "n"}}],
            	"clusters": [{"name": "c", "cluster": {"server": "https://[::1]:6443/prefix", "insecure-skip-tls-verify": true, "disable-compression": true}}],
            	"users": [{"name": "u", "user": {"token": "a\u0062c"}}]
            }
            """);
        AccessResult result = Load(file);
        Assert.Empty(result.Problems);
        Assert.Equal("https://[::1]:6443/prefix", Server(result));
        Assert.True(result.Access!.InsecureSkipTlsVerify);
        Assert.Equal("abc", result.Access.Credentials.Token);
    }

    [Fact]
    public void Load_ExecWithClusterInfo_HandsOnTheCluster()
    {
        using Authority authority = new();
        string data = Convert.ToBase64String(Encoding.ASCII.GetBytes(authority.Pem));
        string file = _folder.Write("config", $$$"""
            current-context: c
            contexts: [{name: c, context: {cluster: c, user: u}}]
            clusters:
            - name: c
              cluster:
                server: https://a:6443
                certificate-authority-data: {{{data}}}
                tls-server-name: kube.example
                proxy-url: http://me:p@proxy:3128
                extensions:
                - {name: other, extension: 1}
                - {name: client.authentication.k8s.io/exec, extension: {audience: x, n: 5, list: [true, null, 1.5]}}
            users:
            - name: u
              user:
                exec:
                  apiVersion: client.authentication.k8s.io/v1
                  command: plugin
                  args: [a, "1"]
                  env: [{name: A, value: b}]
                  installHint: get it
                  interactiveMode: IfAvailable
                  provideClusterInfo: true
            """);
        AccessResult result = Load(file);
        Assert.Empty(result.Problems);
        ExecPlugin exec = result.Access!.Credentials.Exec!;
        Assert.Equal("plugin", exec.Command);
        Assert.Equal(["a", "1"], exec.Arguments);
        Assert.Equal([new("A", "b")], exec.Environment);
        Assert.Equal("get it", exec.InstallHint);
        Assert.Equal(
            "{\"server\":\"https://a:6443\",\"tls-server-name\":\"kube.example\",\"certificate-authority-data\":\"" + data
            + "\",\"proxy-url\":\"http://me:p@proxy:3128\",\"config\":{\"audience\":\"x\",\"n\":5,\"list\":[true,null,\"1.5\"]}}",
            Encoding.UTF8.GetString(exec.ClusterInfo!).Replace("\\u002B", "+"));
        Assert.Equal("http://proxy:3128", result.Access.Proxy!.ToString());
    }

    [Fact]
    public async Task Load_Impersonation_BecomesHeaders()
    {
        await using TestServer server = await TestServer.Start();
        string file = _folder.Write("config", $$$"""
            current-context: c
            contexts: [{name: c, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {server: "{{{server.Url}}}"}}]
            users: [{name: u, user: {token: t, as: jane, as-uid: "7", as-groups: [dev], as-user-extra: {"Acme.io/Project": [x]} } }]
            """);
        using ApiConnection connection = Load(file).Access!.Connect();
        await connection.Ask();
        IHeaderDictionary headers = server.Requests.Single().Headers;
        Assert.Equal(
            ["jane", "7", "dev", "x"],
            new[] { "Impersonate-User", "Impersonate-Uid", "Impersonate-Group", "Impersonate-Extra-acme.io%2Fproject" }.Select(h => headers[h].ToString()));
    }

    private AccessResult Load(string? file = null, string? context = null, bool home = false) => KubernetesAccess.Load(
        new AccessOptions { Kubeconfig = file, Context = context, HomeIsLastResort = home, ServiceAccountFolder = _folder["sa"] },
        _environment);

    private void WriteServiceAccount()
    {
        using Authority authority = new();
        _folder.Write("sa/token", "abc");
        _folder.Write("sa/ca.crt", authority.Pem);
        _folder.Write("sa/namespace", "kube-system");
        _environment["KUBERNETES_SERVICE_HOST"] = "10.43.0.1";
        _environment["KUBERNETES_SERVICE_PORT"] = "443";
    }

    private static string Config(string server) => $$$"""
        current-context: c
        contexts: [{name: c, context: {cluster: c}}]
        clusters: [{name: c, cluster: {server: "{{{server}}}"}}]
        """;

    private static string Server(AccessResult result) => result.Access!.Server.ToString();

    private static IEnumerable<string> Lines(AccessResult result) => result.Problems.Select((Problem p) => p.ToString());
}
