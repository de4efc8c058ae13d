namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>One condition of a Pod, such as Ready.</summary>
public sealed record PodCondition
{
    public string Type { get; init; } = "";

    /// <summary>True, False or Unknown.</summary>
    public string Status { get; init; } = "";
}
