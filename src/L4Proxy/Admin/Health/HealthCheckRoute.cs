using System.Globalization;
using L4Proxy.Admin.Http;

namespace L4Proxy.Admin.Health;

/// <summary>What a health check node port answers, whatever the path: 200 while the node has endpoints of the Service and the proxy is healthy.</summary>
internal sealed class HealthCheckRoute(string @namespace, string name, NodeHealthState state) : IAdminRoute
{
    private int _localEndpoints;

    /// <summary>Endpoints on this node; any thread.</summary>
    public int LocalEndpoints
    {
        get => Volatile.Read(ref _localEndpoints);
        set => Volatile.Write(ref _localEndpoints, value);
    }

    public Task AnswerAsync(AdminExchange exchange)
    {
        int endpoints = LocalEndpoints;
        NodeHealth health = state.Read();
        bool healthy = health.Healthy && health.Serving;

        // Read by load balancers that give a node its share of clients by it.
        exchange.SetHeader("X-Load-Balancing-Endpoint-Weight", endpoints.ToString(CultureInfo.InvariantCulture));
        return exchange.SendAsync(
            endpoints > 0 && healthy ? 200 : 503, HealthJson.ContentType, HealthJson.Service(@namespace, name, endpoints, healthy));
    }
}
