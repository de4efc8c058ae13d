using System.Collections.Immutable;
using System.Net;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Options;

/// <summary>Everything that can be configured, as typed values. What is allowed and how it is spelled is <see cref="ConfigurationSchema"/>'s.</summary>
internal sealed record ProxyConfiguration
{
    public static readonly ProxyConfiguration Default = new();

    /// <summary>Files and folders with Kubernetes manifests, relative to the working directory.</summary>
    public ImmutableArray<string> Manifests { get; init; } = [];

    /// <summary>Where Service ports listen whose cluster IP this host cannot bind.</summary>
    public IPAddress BindAddress { get; init; } = IPAddress.Loopback;

    /// <summary>Where node ports listen; empty for <see cref="BindAddress"/>.</summary>
    public ImmutableArray<IPAddress> NodePortAddresses { get; init; } = [];

    public EngineKind Engine { get; init; }

    public EngineOptions EngineOptions { get; init; } = new();

    /// <summary>How long live connections are waited for at a stop: 0 to 24 days.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public LogOptions Log { get; init; } = new();

    /// <summary>What a Service has whose annotations say nothing else.</summary>
    public ServiceOptions Defaults { get; init; } = ServiceOptions.Default;
}
