using L4Proxy.Testing;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Kubernetes;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>A node of a cluster in a network of its own: clients of every kind get what they get from kube-proxy.</summary>
public sealed class ServedClusterTests : ForwardTest
{
    /// <summary>A round and a bit: the cursor of the rotation is shared between clients.</summary>
    private const int Rounds = 2;

    private const int MostTries = 60;

    [Theory, MemberData(nameof(Engines))]
    public async Task Run_ReferenceCluster_LeadsEveryClientWhereKubeProxyDoes(string engine)
    {
        await using NodeNetwork network = await NodeNetwork.CreateAsync();
        await using FakeApiServer api = await FakeApiServer.StartAsync(new FakeApiServerOptions { UsesTls = true, Inside = network.Node });
        ReferenceCluster.Load(api);
        await network.StartBackendsAsync(ReferenceCluster.Backends(api));
        using TemporaryFolder folder = new();
        string kubeconfig = KubeconfigFile.For(api).WriteTo(folder.PathOf("config"));
        await using L4ProxyProcess proxy = await L4ProxyProcess.StartAsync(
            [
                "run", "--kubeconfig", kubeconfig, "--node-name", ReferenceCluster.Node, "--cluster-cidr", ReferenceCluster.PodNetwork, "--engine", engine,
                "--bind", "0.0.0.0",
            ],
            network.Node.Prefix);
        IReadOnlyList<ExpectedFrontend> frontends = ExpectedFrontend.Read(ReferenceCluster.Listing(ReferenceCluster.Node));
        Assert.Equal(35, frontends.Count);
        IReadOnlyList<ProxyListener> listeners = proxy.ReadListeners();
        Assert.Equal(frontends.Count + 2, listeners.Count);
        await proxy.ReadMetricsAsync(network.Node);
        int descriptors = ProcessResources.SocketsAndPipes(proxy.Process.Id);

        await Task.WhenAll(ClusterClient.AllOf(network).Select(client => AskAllAsync(client, frontends, listeners)));
        await CheckHealthChecksAsync(network);
        await CheckConservationAsync(proxy, network);
        await Eventually.True(() => ProcessResources.SocketsAndPipes(proxy.Process.Id) <= descriptors);
        Assert.Equal(0, await proxy.StopAsync());
    }

    private static async Task AskAllAsync(ClusterClient client, IReadOnlyList<ExpectedFrontend> frontends, IReadOnlyList<ProxyListener> listeners)
    {
        foreach (ExpectedFrontend frontend in frontends)
        {
            ProxyListener listener = Assert.Single(listeners, l => l.Name == $"shop/{frontend.Service}" && (frontend.Kind == "node-port"
                ? l.StandsFor.Count == 0 && l.EndPoint.Equals(frontend.Address)
                : l.StandsFor.Contains(frontend.Address)));
            HashSet<string> expected = client.Source.Equals(NodeNetwork.StrangeClient) && frontend is { Service: "catalog-public:http", Kind: "load-balancer" }
                ? []
                : frontend.Endpoints[client.Kind];
            await AskAsync(client, frontend, listener.EndPoint.Port, expected);
        }
    }

    private static async Task AskAsync(ClusterClient client, ExpectedFrontend frontend, int port, HashSet<string> expected)
    {
        bool isSticky = frontend.Service.Contains("sticky", StringComparison.Ordinal) || frontend.Service.StartsWith("legacy", StringComparison.Ordinal);
        HashSet<string> seen = [];
        for (int i = 0; i < MostTries && (i < 1 + (Rounds * expected.Count) || (!isSticky && seen.Count < expected.Count)); i++)
        {
            string? endpoint = await client.AskAsync(port);
            Assert.True(
                endpoint is null ? expected.Count == 0 : expected.Contains(endpoint),
                $"{client} got {endpoint ?? "no answer"} from {frontend}; expected {string.Join(' ', expected.DefaultIfEmpty("a refusal"))}");
            seen.Add(endpoint ?? "");
        }

        Assert.True(
            expected.Count == 0 || seen.Count == (isSticky ? 1 : expected.Count),
            $"{client} got {string.Join(' ', seen)} from {frontend}; expected {(isSticky ? "one of " : "")}{string.Join(' ', expected)}");
    }

    private static async Task CheckHealthChecksAsync(NodeNetwork network)
    {
        Assert.Equal(200, (await HttpAnswer.GetAsync(new(NodeNetwork.NodeAddress, 10256), "/healthz", network.Outside)).Status);
        HttpAnswer with = await HttpAnswer.GetAsync(new(NodeNetwork.NodeAddress, 32016), "/", network.Outside);
        Assert.Equal((200, "2"), (with.Status, with.Headers["X-Load-Balancing-Endpoint-Weight"]));
        HttpAnswer without = await HttpAnswer.GetAsync(new(NodeNetwork.NodeAddress, 32032), "/", network.Outside);
        Assert.Equal((503, "0"), (without.Status, without.Headers["X-Load-Balancing-Endpoint-Weight"]));
    }

    /// <summary>Every connection is closed and was counted once, and those that no rule admits for their own reason.</summary>
    private static async Task CheckConservationAsync(L4ProxyProcess proxy, NodeNetwork network)
    {
        MetricValues metrics;
        do
        {
            metrics = await proxy.ReadMetricsAsync(network.Node);
        }
        while (metrics.Sum("l4proxy_connections_active") > 0);

        Assert.Equal(metrics.Sum("l4proxy_connections_accepted_total"), metrics.Sum("l4proxy_connections_closed_total"));
        Assert.Equal(network.Backends.Sum(b => b.Accepted), metrics.Sum("l4proxy_connections_closed_total", "reason=\"--\""));
    }
}
