using System.Collections;
using System.Collections.Immutable;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Kubernetes.Access;
using L4Proxy.Options;

namespace L4Proxy.Cli.Sources;

/// <summary>Which source a configuration asks for, and what keeps it from being used.</summary>
internal sealed record SourceChoice
{
    public SourceKind Kind { get; init; }

    /// <summary>The way to the API server, where that is the source and nothing is wrong with it.</summary>
    public ClusterAccess? Access { get; init; }

    public ImmutableArray<Problem> Problems { get; init; } = [];

    /// <summary>
    /// Manifests where they are named; else the cluster that is named, that KUBECONFIG names, or that this Pod runs in.
    /// </summary>
    /// <param name="configuration">What the user asks for.</param>
    /// <param name="environment">Variables by name.</param>
    public static SourceChoice Of(ProxyConfiguration configuration, IDictionary environment)
    {
        bool asked = configuration.Kubernetes.IsUsed;
        if (!configuration.Manifests.IsEmpty)
        {
            return asked
                ? Failed(SourceKind.Manifests, "manifests and a cluster are given; only one of them can be served")
                : new SourceChoice { Problems = ManifestPaths.Check(configuration) };
        }

        if (!asked && !IsSet(environment, "KUBECONFIG") && !IsSet(environment, "KUBERNETES_SERVICE_HOST"))
        {
            return Failed(SourceKind.Manifests, "nothing to serve: give --manifests PATH or --kubeconfig FILE, or a key of the configuration that says the same");
        }

        if (!configuration.Kubernetes.Services.IsEmpty && configuration.Kubernetes is { Namespace.Length: > 0 } or { ServiceProxyName.Length: > 0 })
        {
            return Failed(SourceKind.Kubernetes, "kubernetes.services names all that is served; kubernetes.namespace and kubernetes.serviceProxyName have no place beside it");
        }

        AccessResult access = KubernetesAccess.Load(Options(configuration), environment);
        return new SourceChoice { Kind = SourceKind.Kubernetes, Access = access.Access, Problems = access.Problems };
    }

    private static AccessOptions Options(ProxyConfiguration configuration) => new()
    {
        Kubeconfig = configuration.Kubernetes.Kubeconfig.IsEmpty ? null : string.Join(Path.PathSeparator, configuration.Kubernetes.Kubeconfig),
        Context = configuration.Kubernetes.Context.Length == 0 ? null : configuration.Kubernetes.Context,
        HomeIsLastResort = configuration.Kubernetes.IsUsed,
    };

    private static bool IsSet(IDictionary environment, string variable) => environment[variable] is string { Length: > 0 };

    private static SourceChoice Failed(SourceKind kind, string message) => new()
    {
        Kind = kind,
        Problems = [new Problem { Severity = ProblemSeverity.Error, Message = message }],
    };
}
