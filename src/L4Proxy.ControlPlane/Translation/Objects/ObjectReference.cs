namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>The object that an endpoint stands for.</summary>
public sealed record ObjectReference
{
    public string? Kind { get; init; }

    public string? Namespace { get; init; }

    public string? Name { get; init; }
}
