using System.Collections.Immutable;
using System.Net;
using L4Proxy.Admin;
using L4Proxy.Options;

namespace L4Proxy.Cli.Sources;

/// <summary>Where the HTTP endpoints of a node listen in a run.</summary>
internal static class NodeAddresses
{
    // kube-proxy's ports (k8s.io/kube-proxy/config, ProxyHealthzPort and ProxyStatusPort).
    private static readonly IPEndPoint s_healthz = new(IPAddress.Any, 10256);
    private static readonly IPEndPoint s_metrics = new(IPAddress.Loopback, 10249);

    /// <summary>
    /// kube-proxy's places for who serves a node of a cluster; elsewhere no port that nobody asked for. Null when nothing
    /// can ever be asked of this process.
    /// </summary>
    public static NodeEndpointOptions? Of(ProxyConfiguration configuration, SourceKind kind)
    {
        bool isNode = kind == SourceKind.Kubernetes && configuration.Kubernetes.Services.IsEmpty;
        NodeEndpointOptions options = new()
        {
            HealthzAddress = configuration.HealthzBindAddress.Resolve(isNode ? s_healthz : null),
            MetricsAddress = configuration.MetricsBindAddress.Resolve(isNode ? s_metrics : null),
            HealthCheckAddresses = HealthChecks(configuration),
            BindFailureIsFatal = configuration.BindAddressHardFail,
            EndpointSeries = configuration.EndpointMetrics,
        };
        return isNode || options.IsUsed ? options : null;
    }

    /// <summary>
    /// As the node ports, where their addresses are named one by one. What follows the host (a network, <c>primary</c>) could
    /// leave out the very address that a load balancer asks, so then it is all of them.
    /// </summary>
    private static ImmutableArray<IPAddress> HealthChecks(ProxyConfiguration configuration) =>
        configuration.NodePortAddresses.All(a => a.Address is not null) ? [.. configuration.NodePortAddresses.Select(a => a.Address!)] : [];
}
