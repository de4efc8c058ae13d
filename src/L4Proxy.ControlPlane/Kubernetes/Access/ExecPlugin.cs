using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>A command that hands out credentials (client.authentication.k8s.io).</summary>
internal sealed class ExecPlugin
{
    /// <summary>A path, or a name that is looked up in PATH.</summary>
    public required string Command { get; init; }

    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary>Added to our own environment.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Environment { get; init; } = [];

    public required string ApiVersion { get; init; }

    /// <summary>Shown when the command is not there; null when there is none.</summary>
    public string? InstallHint { get; init; }

    /// <summary>The cluster as KUBERNETES_EXEC_INFO shows it, JSON; null when the plugin does not ask for it.</summary>
    public byte[]? ClusterInfo { get; init; }
}
