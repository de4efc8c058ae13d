namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>A zone or a node that a hint names (the API calls them ForZone and ForNode).</summary>
public sealed record HintTarget
{
    public string Name { get; init; } = "";
}
