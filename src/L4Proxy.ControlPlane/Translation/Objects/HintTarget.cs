using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>A zone or a node that a hint names (the API calls them ForZone and ForNode).</summary>
public sealed record HintTarget
{
    [AllowNull]
    public string Name { get; init => field = value ?? ""; } = "";
}
