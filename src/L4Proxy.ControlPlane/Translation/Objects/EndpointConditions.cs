namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>State of an endpoint. Absent ready and serving count as true, absent terminating as false.</summary>
public sealed record EndpointConditions
{
    public bool? Ready { get; init; }

    public bool? Serving { get; init; }

    public bool? Terminating { get; init; }
}
