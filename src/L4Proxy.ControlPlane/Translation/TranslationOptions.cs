using System.Collections.Immutable;
using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>What a translation depends on besides the objects.</summary>
public sealed record TranslationOptions
{
    /// <summary>Where a Service port listens when this host can bind none of its cluster IPs.</summary>
    public IPAddress BindAddress { get; init; } = IPAddress.Loopback;

    /// <summary>Where node ports listen; empty stands for <see cref="BindAddress"/>.</summary>
    public ImmutableArray<IPAddress> NodePortAddresses { get; init; } = [];

    public ListenMode Listen { get; init; }

    /// <summary>
    /// Name of this node, as in <c>nodeName</c> of endpoints; null when nobody knows it: then traffic policies Local
    /// are taken for Cluster, and hints are not followed.
    /// </summary>
    public string? NodeName { get; init; }

    /// <summary>Networks of the cluster's Pods; empty: those of the own Node.</summary>
    public ImmutableArray<IPNetwork> ClusterNetworks { get; init; } = [];

    /// <summary>
    /// Value of the label <c>service.kubernetes.io/service-proxy-name</c> that Services to be served carry; null: those
    /// without that label.
    /// </summary>
    public string? ProxyName { get; init; }

    /// <summary>Settings of a Service that says nothing itself.</summary>
    public ServiceOptions Defaults { get; init; } = ServiceOptions.Default;
}
