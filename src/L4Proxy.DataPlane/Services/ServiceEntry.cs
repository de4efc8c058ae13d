using System.Collections.Immutable;

namespace L4Proxy.DataPlane.Services;

/// <summary>One Service port as it is now: where it listens, where its connections go, and how.</summary>
public sealed record ServiceEntry
{
    public required ServicePortKey Key { get; init; }

    public required ImmutableArray<FrontendEntry> Frontends { get; init; }

    /// <summary>All known endpoints, each address once, in a stable order. Those not usable are listed to be shown.</summary>
    public required ImmutableArray<EndpointEntry> Endpoints { get; init; }

    /// <summary>
    /// Whether a client is given only endpoints of its own address family; an IPv4 client of a dual-stack socket is an
    /// IPv4 client. Set for a Service of both families, which are two worlds for kube-proxy.
    /// </summary>
    public bool SameFamily { get; init; }

    public ServiceOptions Options { get; init; } = ServiceOptions.Default;
}
