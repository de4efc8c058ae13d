using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>What kubelet, load balancers and Prometheus ask the process by HTTP.</summary>
public sealed class NodeEndpointTests
{
    [Fact]
    public async Task NodeEndpoints_OfTheProcess_AnswerAsKubeProxyDoes()
    {
        await using ClusterFixture cluster = await ClusterFixture.CreateAsync();
        cluster.Api.Apply("{apiVersion: v1, kind: Node, metadata: {name: worker-1}}");
        cluster.Apply("web", 0);
        L4ProxyProcess proxy = await cluster.StartAsync("--node-name", "worker-1", "--healthz-bind-address", "127.0.0.1:0");

        HttpAnswer healthz = await HttpAnswer.GetAsync(proxy.EndPointOf("healthz"), "/healthz");
        Assert.Equal((200, "application/json"), (healthz.Status, healthz.Headers["Content-Type"]));
        Assert.Contains("\"nodeEligible\":true,\"healthy\":true,\"status\":{\"IPv4\":", healthz.Body, StringComparison.Ordinal);
        Assert.Equal(200, (await HttpAnswer.GetAsync(proxy.EndPointOf("healthz"), "/livez")).Status);
        Assert.Equal(404, (await HttpAnswer.GetAsync(proxy.EndPointOf("healthz"), "/metrics")).Status);

        HttpAnswer mode = await HttpAnswer.GetAsync(proxy.EndPointOf("metrics"), "/proxyMode");
        Assert.Equal((200, "userspace"), (mode.Status, mode.Body.TrimEnd()));
        Assert.Equal((200, "ok"), await GetAsync(proxy.EndPointOf("metrics"), "/healthz"));
        await NamedBackends.WaitForAsync(proxy.EndPointOf("shop/web:http"), cluster.Backends.Addresses[0]);
        MetricValues metrics = await proxy.ReadMetricsAsync();
        Assert.True(metrics.Sum("l4proxy_connections_accepted_total", "service=\"shop/web:http\"") > 0);
        Assert.True(metrics.Has("kubeproxy_sync_proxy_rules_last_timestamp_seconds"));
        Assert.True(metrics.Has("kubeproxy_network_programming_duration_seconds_bucket"));

        // A node that is to be deleted takes no new clients of load balancers, and a restart would not change that.
        cluster.Api.Update("nodes", null, "worker-1", node => node["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:00Z");
        await Testing.Eventually.True(() => HttpAnswer.GetAsync(proxy.EndPointOf("healthz"), "/healthz").GetAwaiter().GetResult().Status == 503);
        Assert.Equal(200, (await HttpAnswer.GetAsync(proxy.EndPointOf("healthz"), "/livez")).Status);
        await cluster.EndAsync();
    }

    private static async Task<(int Status, string Body)> GetAsync(System.Net.IPEndPoint address, string path)
    {
        HttpAnswer answer = await HttpAnswer.GetAsync(address, path);
        return (answer.Status, answer.Body.TrimEnd());
    }
}
