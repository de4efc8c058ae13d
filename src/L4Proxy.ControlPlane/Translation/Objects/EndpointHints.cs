using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>Who should use an endpoint (KEP-2433, KEP-3015).</summary>
public sealed record EndpointHints
{
    [AllowNull]
    public IReadOnlyList<HintTarget> ForZones { get; init => field = value ?? []; } = [];

    [AllowNull]
    public IReadOnlyList<HintTarget> ForNodes { get; init => field = value ?? []; } = [];
}
