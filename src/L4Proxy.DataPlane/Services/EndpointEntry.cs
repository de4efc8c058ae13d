using System.Net;

namespace L4Proxy.DataPlane.Services;

/// <summary>One endpoint of a Service port, as its source describes it.</summary>
public sealed record EndpointEntry
{
    /// <summary>Where a connection is dialled.</summary>
    public required IPEndPoint Address { get; init; }

    /// <summary>Share of new connections for policies that know weights: 0 (none) to 1000; 1 unless set.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>EndpointSlice condition ready; absent counts as true.</summary>
    public bool Ready { get; init; } = true;

    /// <summary>EndpointSlice condition serving; absent counts as true.</summary>
    public bool Serving { get; init; } = true;

    /// <summary>EndpointSlice condition terminating; absent counts as false.</summary>
    public bool Terminating { get; init; }

    /// <summary>
    /// Whether new connections may go there. The source decides (for Kubernetes: ready, or serving and
    /// terminating when nothing is ready, KEP-1669); the data plane never looks at the conditions.
    /// </summary>
    public bool Usable { get; init; } = true;

    /// <summary>
    /// Whether new connections that must stay on this node (<see cref="EndpointScope.Local"/>) may go there. Not part
    /// of <see cref="Usable"/>: topology never applies to it.
    /// </summary>
    public bool UsableLocally { get; init; }

    /// <summary>Node that carries the endpoint, if known.</summary>
    public string? NodeName { get; init; }

    /// <summary>Whether <see cref="NodeName"/> is the node that the proxy runs on; false while nobody knows that one's name.</summary>
    public bool OnThisNode { get; init; }

    /// <summary>Zone of the endpoint, if known.</summary>
    public string? Zone { get; init; }

    /// <summary>What the endpoint is for people: a pod name, or the host name that was resolved.</summary>
    public string? TargetName { get; init; }
}
