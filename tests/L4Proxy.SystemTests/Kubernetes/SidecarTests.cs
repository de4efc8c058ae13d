using System.Net;
using L4Proxy.Testing;
using L4Proxy.Testing.Kubernetes;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary><c>--service</c> beside an application, with the rights of a service account and no more.</summary>
public sealed class SidecarTests : ForwardTest
{
    private const string Token = "sidecar-token";
    private const string User = "system:serviceaccount:shop:web-client";

    private static readonly string s_binding = """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: l4proxy, namespace: shop}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: l4proxy}
        subjects: [{kind: ServiceAccount, name: web-client, namespace: shop}]
        """;

    /// <summary>The role that is shipped, in the namespace of the Service.</summary>
    private static string ShippedRole => File.ReadAllText(Repository.PathOf("config", "kubernetes", "sidecar", "role.yaml"))
        .Replace("  name: l4proxy\n", "  name: l4proxy\n  namespace: shop\n", StringComparison.Ordinal);

    [Theory, MemberData(nameof(Engines))]
    public async Task Run_OneService_ListensOnItsOwnPortAndAsksOnlyWhatTheRoleGrants(string engine)
    {
        await using ClusterFixture cluster = await ClusterFixture.CreateAsync();
        cluster.Api.AddToken(Token, User, "system:serviceaccounts");
        cluster.Api.Authorize($"{ShippedRole}\n---\n{s_binding}");
        int port = FreePorts.Take(1)[0];
        cluster.Api.Apply(ClusterObjects.Service("web", port));
        cluster.Lead("web", 0, 1);
        cluster.Apply("other", 2);
        (KubeconfigFile.For(cluster.Api) with { Token = Token }).WriteTo(cluster.Kubeconfig);

        L4ProxyProcess proxy = await cluster.StartAsync("--service", "shop/web", "--bind", "127.0.0.7", "--engine", engine);
        IPEndPoint web = new(IPAddress.Parse("127.0.0.7"), port);
        Assert.Equal(["metrics", "shop/web:http"], proxy.Names.Order(StringComparer.Ordinal));
        Assert.Equal(web, proxy.EndPointOf("shop/web:http"));
        await NamedBackends.WaitForAsync(web, cluster.Backends.Addresses[0], cluster.Backends.Addresses[1]);

        // A list, a watch and a list anew: all that a sidecar ever does.
        cluster.Api.Compact();
        cluster.Api.ExpireWatches();
        cluster.Lead("web", 3);
        await NamedBackends.WaitForAsync(web, cluster.Backends.Addresses[3]);
        Assert.All(cluster.Api.Requests, r =>
        {
            Assert.Equal(User, r.User);
            Assert.Equal("shop", r.Namespace);
            Assert.Contains(cluster.Api.Grants, g => g.Verb == r.Verb && g.Resource == r.Resource!.Plural && g.Group == r.Resource.Group);
            Assert.NotEqual(403, r.StatusCode);
        });
        await cluster.EndAsync();
    }

    /// <summary>Beside other containers of the Pod, and other sidecars, no port is taken that nobody asked for.</summary>
    [Fact]
    public async Task Run_NoAddressesForHttp_TakesThePortOfTheServiceAlone()
    {
        await using ClusterFixture cluster = await ClusterFixture.CreateAsync();
        int port = FreePorts.Take(1)[0];
        cluster.Api.Apply(ClusterObjects.Service("web", port));
        cluster.Lead("web", 0);
        await using L4ProxyProcess proxy = await L4ProxyProcess.StartAsync(["run", "--kubeconfig", cluster.Kubeconfig, "--service", "shop/web"]);
        Assert.Equal([port], ProcessResources.ListeningPorts(proxy.Process.Id).Distinct());
        Assert.Equal(cluster.Backends.Addresses[0], await NamedBackends.AskAsync(new IPEndPoint(IPAddress.Loopback, port)));
        Assert.Equal(0, await proxy.StopAsync());
    }

    [Fact]
    public async Task Run_RoleLacksAVerb_SaysWhichAndHowToGrantItAndRecoversWithoutRestart()
    {
        await using ClusterFixture cluster = await ClusterFixture.CreateAsync();
        cluster.Api.AddToken(Token, User, "system:serviceaccounts");
        cluster.Api.Authorize($"{ShippedRole}\n---\n{s_binding}");
        cluster.Api.Deny("watch", "endpointslices");
        cluster.Api.Apply(ClusterObjects.Service("web", FreePorts.Take(1)[0]));
        cluster.Lead("web", 0);
        (KubeconfigFile.For(cluster.Api) with { Token = Token }).WriteTo(cluster.Kubeconfig);

        L4ProxyProcess proxy = cluster.Launch("--service", "shop/web");
        await proxy.Process.WaitForAsync("grant it with");
        string line = Assert.Single(proxy.Process.Log.Split('\n'), l => l.Contains("grant it with", StringComparison.Ordinal));
        Assert.Contains($"not allowed to watch endpointslices.discovery.k8s.io in namespace shop (403) as {User}; grant it with: kubectl create role ", line, StringComparison.Ordinal);
        Assert.Contains("--verb=list,watch --resource=endpointslices.discovery.k8s.io", line, StringComparison.Ordinal);
        Assert.Contains("--serviceaccount=shop:web-client", line, StringComparison.Ordinal);
        Assert.False(proxy.IsReady);

        cluster.Api.ClearAuthorization();
        cluster.Api.Authorize($"{ShippedRole}\n---\n{s_binding}");
        await proxy.WaitUntilReadyAsync();
        Assert.Equal(cluster.Backends.Addresses[0], await NamedBackends.AskAsync(proxy.EndPointOf("shop/web:http")));
        await cluster.EndAsync();
    }
}
