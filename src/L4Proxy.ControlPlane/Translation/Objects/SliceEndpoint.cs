using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>One endpoint of an EndpointSlice (the API calls it Endpoint).</summary>
public sealed record SliceEndpoint
{
    /// <summary>Only the first one counts, as for kube-proxy.</summary>
    [AllowNull]
    public IReadOnlyList<string> Addresses { get; init => field = value ?? []; } = [];

    public EndpointConditions? Conditions { get; init; }

    public string? Hostname { get; init; }

    public string? NodeName { get; init; }

    public string? Zone { get; init; }

    public EndpointHints? Hints { get; init; }

    public ObjectReference? TargetRef { get; init; }
}
