namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>Settings of ClientIP affinity.</summary>
public sealed record ClientIPConfig
{
    /// <summary>1 to 86400; 10800 unless set.</summary>
    public int? TimeoutSeconds { get; init; }
}
