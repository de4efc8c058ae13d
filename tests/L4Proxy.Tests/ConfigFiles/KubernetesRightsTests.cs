using System.Collections;
using L4Proxy.Cli.Sources;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Kubernetes.Access;
using L4Proxy.Options;
using L4Proxy.Testing;
using L4Proxy.Testing.Kubernetes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests.ConfigFiles;

/// <summary>The rights of <c>config/kubernetes</c> are what the client really asks for: no more, and no less.</summary>
public sealed class KubernetesRightsTests
{
    private const string Token = "token-of-the-service-account";

    [Fact]
    public Task NodeProxy_UsesEveryRightThatItHas_AndNoOther() => AssertRightsAsync(
        ["clusterrole.yaml", "clusterrolebinding.yaml"],
        "system:serviceaccount:l4proxy:l4proxy",
        new Hashtable { ["L4PROXY__NODENAME"] = "node-a", ["L4PROXY__KUBERNETES__SERVICEPROXYNAME"] = "l4proxy" });

    [Fact]
    public Task Sidecar_UsesEveryRightThatItHas_AndNoOther() => AssertRightsAsync(
        ["sidecar/role.yaml", "sidecar/rolebinding.yaml"],
        "system:serviceaccount:default:app",
        new Hashtable { ["L4PROXY__KUBERNETES__SERVICES"] = "default/web" });

    private static async Task AssertRightsAsync(string[] files, string user, Hashtable variables)
    {
        HashSet<string> used = [];
        HashSet<string> granted = [];

        // A server that can stream the initial list is watched only; an older one is listed, too.
        foreach (WatchListSupport support in new[] { WatchListSupport.Enabled, WatchListSupport.Disabled })
        {
            await using FakeApiServer server = await FakeApiServer.StartAsync(new FakeApiServerOptions { WatchList = support });
            server.AddToken(Token, user);
            server.Authorize(string.Join("\n---\n", files.Select(Manifest)));
            await WatchAsync(server, variables);

            Assert.DoesNotContain(server.Requests, r => r.StatusCode == 403);
            used.UnionWith(server.Requests.Where(r => r.Resource is not null).Select(r => $"{r.Verb} {r.Resource!.Group}/{r.Resource.Plural}"));
            granted.UnionWith(server.Grants.Select(g => $"{g.Verb} {g.Group}/{g.Resource}"));
        }

        Assert.Equal(granted.Order(StringComparer.Ordinal), used.Order(StringComparer.Ordinal));
    }

    /// <summary>Follows the cluster until all watches of the first table are open.</summary>
    private static async Task WatchAsync(FakeApiServer server, Hashtable variables)
    {
        using TemporaryFolder folder = new();
        string kubeconfig = Path.Combine(folder.Path, "kubeconfig");
        await File.WriteAllTextAsync(kubeconfig, $$"""
            clusters: [{name: c, cluster: {server: "{{server.Url}}"} }]
            users: [{name: u, user: {token: {{Token}} } }]
            contexts: [{name: x, context: {cluster: c, user: u} }]
            current-context: x
            """);
        AccessResult access = KubernetesAccess.Load(new AccessOptions { Kubeconfig = kubeconfig }, new Hashtable());
        Assert.True(access.IsUsable, string.Join('\n', access.Problems));
        ConfigurationResult configuration = ConfigurationLoader.Combine(ConfigurationEnvironment.Read(variables));
        Assert.Empty(configuration.Problems);

        using CancellationTokenSource stop = new();
        await using ITableSource source = KubernetesTables.Watch(access.Access!, configuration.Configuration, NullLoggerFactory.Instance, observer: null);
        await using IAsyncEnumerator<SourceSnapshot> snapshots = source.WatchAsync(stop.Token).GetAsyncEnumerator(CancellationToken.None);
        Assert.True(await snapshots.MoveNextAsync().AsTask().Within());
        string[] resources = variables.ContainsKey("L4PROXY__NODENAME") ? ["services", "endpointslices", "nodes"] : ["services", "endpointslices"];
        foreach (string resource in resources)
        {
            await server.WaitForWatchesAsync(resource).Within();
        }

        Task<bool> next = snapshots.MoveNextAsync().AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    private static string Manifest(string file) => File.ReadAllText(Repository.PathOf("config", "kubernetes", file));
}
