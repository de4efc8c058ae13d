using System.Net;
using L4Proxy.Testing;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>Changes in the cluster while clients are connected.</summary>
public sealed class LiveChangeTests : ForwardTest
{
    [Theory, MemberData(nameof(Engines))]
    public async Task Endpoints_Swapped_AreUsedByNewConnectionsAndOldOnesGoOn(string engine)
    {
        await using ClusterFixture cluster = await ClusterFixture.CreateAsync();
        cluster.Apply("web", 0);
        await cluster.StartAsync("--engine", engine);
        IPEndPoint web = cluster.Proxy.EndPointOf("shop/web:http");
        using TcpPeer early = await TcpPeer.ConnectAsync(web);
        Assert.Equal(cluster.Backends.Addresses[0], await NamedBackends.ReadNameAsync(early));

        cluster.Lead("web", 1, 2);
        await NamedBackends.WaitForAsync(web, cluster.Backends.Addresses[1], cluster.Backends.Addresses[2]);
        await PingAsync(early);

        cluster.Lead("web");
        await NamedBackends.WaitForAsync(web);
        await PingAsync(early);

        cluster.Lead("web", 3);
        await NamedBackends.WaitForAsync(web, cluster.Backends.Addresses[3]);
        await PingAsync(early);
        Assert.Equal(web, (await cluster.Proxy.WaitForListenerAsync("shop/web:http")).EndPoint);
        await cluster.EndAsync(early);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Services_ComeAndGo_OthersKeepSocketsAndConnections(string engine)
    {
        await using ClusterFixture cluster = await ClusterFixture.CreateAsync();
        cluster.Apply("web", 0);
        await cluster.StartAsync("--engine", engine);
        IPEndPoint web = cluster.Proxy.EndPointOf("shop/web:http");
        using TcpPeer stays = await TcpPeer.ConnectAsync(web);
        await NamedBackends.ReadNameAsync(stays);

        cluster.Apply("other", 1);
        IPEndPoint other = (await cluster.Proxy.WaitForListenerAsync("shop/other:http")).EndPoint;
        using TcpPeer leaves = await TcpPeer.ConnectAsync(other);
        Assert.Equal(cluster.Backends.Addresses[1], await NamedBackends.ReadNameAsync(leaves));

        cluster.Api.Delete("services", ClusterObjects.Namespace, "other");
        await NamedBackends.WaitForAsync(other);
        await Eventually.Equal("metrics shop/web:http", () => string.Join(' ', cluster.Proxy.ReadListeners().Select(l => l.Name).Order(StringComparer.Ordinal)));
        await PingAsync(stays);
        await PingAsync(leaves);
        leaves.Dispose();
        Assert.Equal(web, (await cluster.Proxy.WaitForListenerAsync("shop/web:http")).EndPoint);
        Assert.Equal(cluster.Backends.Addresses[0], await NamedBackends.AskAsync(web));
        await cluster.EndAsync(stays);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task NodePort_Changed_NewOneServesAndOldOneRefuses(string engine)
    {
        await using ClusterFixture cluster = await ClusterFixture.CreateAsync();
        int[] ports = FreePorts.Take(2);
        cluster.Api.Apply(ClusterObjects.Slice("web", cluster.Backends.Port, cluster.Backends.Addresses[0]));
        cluster.Api.Apply(NodePortService(80, ports[0]));
        await cluster.StartAsync("--engine", engine, "--node-name", "worker-1", "--nodeport-addresses", "127.0.0.1");
        IPEndPoint old = new(IPAddress.Loopback, ports[0]);
        IPEndPoint @new = new(IPAddress.Loopback, ports[1]);
        ProxyListener proxyPort = await cluster.Proxy.WaitForListenerAsync("shop/web:http", l => l.StandsFor.Count == 1);
        Assert.Equal(80, proxyPort.StandsFor[0].Port);
        using TcpPeer early = await TcpPeer.ConnectAsync(old);
        await NamedBackends.ReadNameAsync(early);

        cluster.Api.Apply(NodePortService(81, ports[1]));
        await NamedBackends.WaitForAsync(@new, cluster.Backends.Addresses[0]);
        await NamedBackends.WaitForAsync(old);
        await PingAsync(early);

        // The Service's own port number is for its cluster IP: the proxy port that stands for it stays where it is.
        ProxyListener after = await cluster.Proxy.WaitForListenerAsync("shop/web:http", l => l.StandsFor.Any(a => a.Port == 81));
        Assert.Equal(proxyPort.EndPoint, after.EndPoint);
        await cluster.EndAsync(early);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Affinity_ChangesAroundTheEndpoint_ClientStays(string engine)
    {
        await using ClusterFixture cluster = await ClusterFixture.CreateAsync();
        cluster.Api.Apply(ClusterObjects.Service("sticky", spec: "sessionAffinity: ClientIP"));
        cluster.Lead("sticky", 0, 1, 2);
        await cluster.StartAsync("--engine", engine);
        IPEndPoint sticky = cluster.Proxy.EndPointOf("shop/sticky:http");
        string pinned = Assert.IsType<string>(await NamedBackends.AskAsync(sticky));
        int other = cluster.Backends.Addresses[0] == pinned ? 1 : 0;
        int own = cluster.Backends.Addresses.ToList().IndexOf(pinned);

        cluster.Lead("sticky", own, 3);
        cluster.Apply("marker", other);
        await cluster.Proxy.WaitForListenerAsync("shop/marker:http");
        for (int i = 0; i < 6; i++)
        {
            Assert.Equal(pinned, await NamedBackends.AskAsync(sticky));
        }

        // Only the end of its endpoint moves it, and then it stays with the next one.
        cluster.Lead("sticky", 3);
        await NamedBackends.WaitForAsync(sticky, cluster.Backends.Addresses[3]);
        cluster.Lead("sticky", 3, own);
        cluster.Api.Delete("services", ClusterObjects.Namespace, "marker");
        await Eventually.True(() => cluster.Proxy.ReadListeners().All(l => l.Name != "shop/marker:http"));
        Assert.Equal(cluster.Backends.Addresses[3], await NamedBackends.AskAsync(sticky));
        await cluster.EndAsync();
    }

    private static string NodePortService(int port, int nodePort) => $$"""
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: {{ClusterObjects.Namespace}} }
        spec: {type: NodePort, clusterIP: 10.96.7.7, ports: [{name: http, port: {{port}}, nodePort: {{nodePort}} }]}
        """;
}
