namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>One address of a Pod.</summary>
public sealed record PodIP
{
    public string IP { get; init; } = "";
}
