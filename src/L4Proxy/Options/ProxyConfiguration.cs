using System.Collections.Immutable;
using System.Net;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Options;

/// <summary>Everything that can be configured, as typed values. What is allowed and how it is spelled is <see cref="ConfigurationSchema"/>'s.</summary>
internal sealed record ProxyConfiguration
{
    public static readonly ProxyConfiguration Default = new();

    public ProxyMode Mode { get; init; }

    /// <summary>Whether the mode was asked for, and is not only the default.</summary>
    public bool IsModeGiven { get; init; }

    /// <summary>Only for <see cref="ProxyMode.Userspace"/>.</summary>
    public CaptureMethod Capture { get; init; }

    /// <summary>Whose address endpoints see.</summary>
    public SourceAddressKind Source { get; init; }

    /// <summary>Networks that cluster IPs are allocated from; empty when unknown.</summary>
    public ImmutableArray<IPNetwork> ServiceCIDRs { get; init; } = [];

    /// <summary>Files and folders with Kubernetes manifests, relative to the working directory.</summary>
    public ImmutableArray<string> Manifests { get; init; } = [];

    /// <summary>Where Service ports listen whose cluster IP this host cannot bind.</summary>
    public IPAddress BindAddress { get; init; } = IPAddress.Loopback;

    /// <summary>Where node ports listen; empty for the usual: <see cref="BindAddress"/>, or all addresses for a cluster.</summary>
    public ImmutableArray<NodePortAddress> NodePortAddresses { get; init; } = [];

    /// <summary>Ports for what of a cluster is no node port; null for any free ones.</summary>
    public PortRange? ProxyPortRange { get; init; }

    /// <summary>Name of this node; empty for the host's name where Services of a whole cluster are served.</summary>
    public string NodeName { get; init; } = "";

    /// <summary>Networks of the cluster's Pods; empty for those of the own Node.</summary>
    public ImmutableArray<IPNetwork> ClusterCIDRs { get; init; } = [];

    /// <summary>Where <c>/healthz</c> and <c>/livez</c> are answered.</summary>
    public BindSetting HealthzBindAddress { get; init; } = BindSetting.Auto;

    /// <summary>Where <c>/metrics</c> and <c>/proxyMode</c> are answered.</summary>
    public BindSetting MetricsBindAddress { get; init; } = BindSetting.Auto;

    /// <summary>Whether one of these two addresses that cannot be bound ends the process.</summary>
    public bool BindAddressHardFail { get; init; }

    /// <summary>Whether <c>/metrics</c> has series for each endpoint.</summary>
    public bool EndpointMetrics { get; init; }

    public KubernetesOptions Kubernetes { get; init; } = KubernetesOptions.Default;

    /// <summary>What concerns rules in the kernel whatever their kind.</summary>
    public KernelOptions Rules { get; init; } = new();

    public IpvsOptions Ipvs { get; init; } = new();

    public EngineKind Engine { get; init; }

    public EngineOptions EngineOptions { get; init; } = new();

    /// <summary>How long live connections are waited for at a stop: 0 to 24 days.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(25);

    public LogOptions Log { get; init; } = new();

    /// <summary>What a Service has whose annotations say nothing else.</summary>
    public ServiceOptions Defaults { get; init; } = ServiceOptions.Default;
}
