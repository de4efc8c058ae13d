namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>One address of an Endpoints subset.</summary>
public sealed record EndpointAddress
{
    public string IP { get; init; } = "";

    public string? Hostname { get; init; }

    public string? NodeName { get; init; }

    public ObjectReference? TargetRef { get; init; }
}
