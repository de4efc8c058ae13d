namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>One port of an EndpointSlice or of an Endpoints subset.</summary>
public sealed record EndpointPort
{
    /// <summary>Name of the Service port that it serves; null is the unnamed one.</summary>
    public string? Name { get; init; }

    /// <summary>Null stands for all ports, which no Service port can use.</summary>
    public int? Port { get; init; }

    /// <summary>TCP (default), UDP or SCTP.</summary>
    public string? Protocol { get; init; }

    public string? AppProtocol { get; init; }
}
