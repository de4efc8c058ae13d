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

    /// <summary>Settings of a Service that says nothing itself.</summary>
    public ServiceOptions Defaults { get; init; } = ServiceOptions.Default;
}
