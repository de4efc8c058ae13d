using L4Proxy.Admin.Http;
using L4Proxy.Admin.Metrics;

namespace L4Proxy.Admin.Health;

/// <summary>
/// <c>/healthz</c>, which load balancers ask whether this node serves, and <c>/livez</c>, which kubelet asks whether a restart
/// is due. They differ in what a restart cannot cure: a node that is about to leave (KEP-3836), and a proxy that has no table
/// yet or drains. kube-proxy answers 200 to both before its first table, because rules of an earlier process are still in the
/// kernel then; sockets are not, so here only <c>/livez</c> does.
/// </summary>
internal sealed class HealthRoute(NodeHealthState state, SyncMetrics metrics, TimeProvider time) : IAdminRoute
{
    public Task AnswerAsync(AdminExchange exchange) => exchange.Path switch
    {
        "/healthz" => HealthzAsync(exchange),
        "/livez" => LivezAsync(exchange),
        _ => exchange.SendNotFoundAsync(),
    };

    private Task HealthzAsync(AdminExchange exchange)
    {
        NodeHealth health = state.Read();
        bool healthy = health.Healthy && health.Serving;
        bool ok = healthy && health.NodeEligible;
        metrics.CountHealthz(ok);
        return exchange.SendAsync(Status(ok), HealthJson.ContentType, HealthJson.Proxy(health, time.GetUtcNow(), healthy, ok, withNode: true));
    }

    private Task LivezAsync(AdminExchange exchange)
    {
        NodeHealth health = state.Read();
        metrics.CountLivez(health.Healthy);
        return exchange.SendAsync(
            Status(health.Healthy), HealthJson.ContentType, HealthJson.Proxy(health, time.GetUtcNow(), health.Healthy, health.Healthy, withNode: false));
    }

    private static int Status(bool ok) => ok ? 200 : 503;
}
