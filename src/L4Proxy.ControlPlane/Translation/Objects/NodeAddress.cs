using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>One address of a Node.</summary>
public sealed record NodeAddress
{
    /// <summary>InternalIP, ExternalIP, Hostname, InternalDNS or ExternalDNS.</summary>
    [AllowNull]
    public string Type { get; init => field = value ?? ""; } = "";

    [AllowNull]
    public string Address { get; init => field = value ?? ""; } = "";
}
