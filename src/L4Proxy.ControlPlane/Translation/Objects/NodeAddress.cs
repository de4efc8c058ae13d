namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>One address of a Node.</summary>
public sealed record NodeAddress
{
    /// <summary>InternalIP, ExternalIP, Hostname, InternalDNS or ExternalDNS.</summary>
    public string Type { get; init; } = "";

    public string Address { get; init; } = "";
}
