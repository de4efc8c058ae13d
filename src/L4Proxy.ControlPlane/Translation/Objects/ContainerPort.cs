using System.Text.Json.Serialization;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>One port of a container.</summary>
public sealed record ContainerPort
{
    public string? Name { get; init; }

    /// <summary>The number; <c>containerPort</c> in the API.</summary>
    [JsonPropertyName("containerPort")]
    public int Number { get; init; }

    /// <summary>TCP (default), UDP or SCTP.</summary>
    public string? Protocol { get; init; }
}
