using System.Collections.Immutable;
using System.Net;

namespace L4Proxy.Admin;

/// <summary>Which HTTP endpoints of the node are served, and where.</summary>
internal sealed record NodeEndpointOptions
{
    /// <summary>Where <c>/healthz</c> and <c>/livez</c> are answered; null for nowhere. <c>0.0.0.0</c> means all addresses of both families.</summary>
    public IPEndPoint? HealthzAddress { get; init; }

    /// <summary>Where <c>/metrics</c>, <c>/proxyMode</c> and <c>/healthz</c> are answered; null for nowhere.</summary>
    public IPEndPoint? MetricsAddress { get; init; }

    /// <summary>Where the health check node ports of Services are answered; empty for all addresses of this host.</summary>
    public ImmutableArray<IPAddress> HealthCheckAddresses { get; init; } = [];

    /// <summary>
    /// kube-proxy's <c>syncPeriod</c>, the default of its modes: a change that was not applied within twice this time makes
    /// the proxy unhealthy.
    /// </summary>
    public TimeSpan SyncPeriod { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether <see cref="NodeEndpoints.Start"/> fails when an address cannot be bound (kube-proxy's <c>bindAddressHardFail</c>).
    /// Otherwise that is a warning, and the address is tried again.
    /// </summary>
    public bool BindFailureIsFatal { get; init; }

    /// <summary>Whether <c>/metrics</c> has a series for each endpoint of each Service port.</summary>
    public bool EndpointSeries { get; init; }

    /// <summary>What <c>/proxyMode</c> answers.</summary>
    public string ProxyMode { get; init; } = "userspace";

    /// <summary>What rules in the kernel are made by; null when there are none.</summary>
    public string? RulesBackend { get; init; }

    /// <summary>Whether anything is served from the start.</summary>
    public bool IsUsed => HealthzAddress is not null || MetricsAddress is not null;
}
