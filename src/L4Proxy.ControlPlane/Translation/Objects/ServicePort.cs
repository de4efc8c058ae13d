namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>One port of a Service.</summary>
public sealed record ServicePort
{
    public string? Name { get; init; }

    /// <summary>TCP (default), UDP or SCTP.</summary>
    public string? Protocol { get; init; }

    public int Port { get; init; }

    /// <summary>Port of the Pods, or the name of their container port; <see cref="Port"/> unless set.</summary>
    public IntOrString? TargetPort { get; init; }

    /// <summary>0 or null when there is none.</summary>
    public int? NodePort { get; init; }

    public string? AppProtocol { get; init; }
}
