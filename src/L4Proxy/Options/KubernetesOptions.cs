using System.Collections.Immutable;

namespace L4Proxy.Options;

/// <summary>Section <c>kubernetes</c>.</summary>
internal sealed record KubernetesOptions
{
    public static readonly KubernetesOptions Default = new();

    /// <summary>Files with clusters and credentials; empty for the environment's and then the Pod's own.</summary>
    public ImmutableArray<string> Kubeconfig { get; init; } = [];

    /// <summary>Context of the kubeconfig; empty for its current one.</summary>
    public string Context { get; init; } = "";

    /// <summary>The one namespace whose Services are served; empty for all.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>The only Services that are served; empty for all.</summary>
    public ImmutableArray<(string Namespace, string Name)> Services { get; init; } = [];

    /// <summary>Value of the label <c>service.kubernetes.io/service-proxy-name</c> of what is served; empty for Services without it.</summary>
    public string ServiceProxyName { get; init; } = "";

    /// <summary>Whether endpoints with loopback and link-local addresses are connected to.</summary>
    public bool LoopbackEndpoints { get; init; }

    /// <summary>Whether anything is asked of a cluster.</summary>
    public bool IsUsed => !Kubeconfig.IsEmpty || Context.Length > 0 || Namespace.Length > 0 || !Services.IsEmpty || ServiceProxyName.Length > 0;
}
