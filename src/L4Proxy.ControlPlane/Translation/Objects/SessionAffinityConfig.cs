namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>Settings of session affinity, one member for each kind of it.</summary>
public sealed record SessionAffinityConfig
{
    public ClientIPConfig? ClientIP { get; init; }
}
