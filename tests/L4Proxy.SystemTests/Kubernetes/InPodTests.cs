using System.Net;
using L4Proxy.Testing;
using L4Proxy.Testing.Kubernetes;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>
/// The program as in a Pod: nothing on its command line, the API server in the environment, and the service account in the
/// folder where kubelet mounts it. That folder is there in a mount namespace of the process alone.
/// </summary>
public sealed class InPodTests
{
    /// <summary>/var/run is a link to /run on many systems, so both are what is mounted over.</summary>
    private const string Mounts = """
        set -e
        mount -t tmpfs tmpfs "$(readlink -f /var/run)"
        mkdir -p /var/run/secrets/kubernetes.io/serviceaccount
        mount --bind "$ACCOUNT" /var/run/secrets/kubernetes.io/serviceaccount
        exec "$0" "$@"
        """;

    [Fact]
    public async Task Run_NoFlags_ServesTheClusterAndFollowsTheTokenOnDisk()
    {
        Requires.Root();
        Requires.Program("unshare");
        await using FakeApiServer api = await FakeApiServer.StartAsync(new FakeApiServerOptions { UsesTls = true });
        await using NamedBackends backends = NamedBackends.Start(2);
        api.AddToken("first", "system:serviceaccount:kube-system:l4proxy");
        api.Apply(ClusterObjects.ServiceWithSlice("web", backends.Port, backends.Addresses[0]));
        using Testing.TemporaryFolder folder = new();
        await PublishAsync(folder, 1, "first", api.Authority.Pem);

        string[] variables =
        [
            $"ACCOUNT={folder.Path}", $"KUBERNETES_SERVICE_HOST={api.Url.Host}", $"KUBERNETES_SERVICE_PORT={api.Url.Port}",
            "L4PROXY__HEALTHZBINDADDRESS=off", "L4PROXY__METRICSBINDADDRESS=127.0.0.1:0",
        ];
        await using L4ProxyProcess proxy = await L4ProxyProcess.StartAsync(
            ["run"], ["env", "-u", "KUBECONFIG", .. variables, "unshare", "--mount", "--propagation", "private", "sh", "-c", Mounts]);
        IPEndPoint web = proxy.EndPointOf("shop/web:http");
        Assert.Equal(backends.Addresses[0], await NamedBackends.AskAsync(web));
        Assert.Contains("service account in /var/run/secrets/kubernetes.io/serviceaccount", proxy.Process.Log, StringComparison.Ordinal);

        api.AddToken("second", "system:serviceaccount:kube-system:l4proxy");
        await PublishAsync(folder, 2, "second", api.Authority.Pem);
        api.RemoveToken("first");
        api.EndWatches();
        api.Apply(ClusterObjects.Slice("web", backends.Port, backends.Addresses[1]));
        await NamedBackends.WaitForAsync(web, backends.Addresses[1]);
        Assert.Contains(api.Requests, r => r.IsWatch && r.Headers.GetValueOrDefault("Authorization") == "Bearer second");
        Assert.DoesNotContain("trying on", proxy.Process.Log, StringComparison.Ordinal);
        Assert.Equal(0, await proxy.StopAsync());
    }

    /// <summary>As kubelet does: a new folder, and one rename that makes it the one that all files are links into.</summary>
    private static async Task PublishAsync(Testing.TemporaryFolder folder, int version, string token, string authority)
    {
        folder.Write($"..v{version}/token", token);
        folder.Write($"..v{version}/ca.crt", authority);
        folder.Write($"..v{version}/namespace", "kube-system");
        File.CreateSymbolicLink(folder["..data_tmp"], $"..v{version}");
        await ChildProcess.RunAsync("mv", "--no-target-directory", folder["..data_tmp"], folder["..data"]);
        foreach (string file in (string[])["token", "ca.crt", "namespace"])
        {
            if (!File.Exists(folder[file]))
            {
                File.CreateSymbolicLink(folder[file], $"..data/{file}");
            }
        }
    }
}
