using System.Net;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Kubernetes;
using L4Proxy.ControlPlane.Kubernetes.Access;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.ControlPlane.Sync;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.Options;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace L4Proxy.Cli.Sources;

/// <summary>Tables made from the Services of a cluster.</summary>
internal static class KubernetesTables
{
    /// <summary>How long a single look at the cluster may take in all.</summary>
    private static readonly TimeSpan s_loadDeadline = TimeSpan.FromSeconds(30);

    /// <summary>A source that follows the cluster.</summary>
    public static ITableSource Watch(
        ClusterAccess access, ProxyConfiguration configuration, ILoggerFactory loggers, ISyncObserver? observer)
    {
        ApiConnection api = new(access, TimeProvider.System, loggers);
        SystemHostAddresses host = new(TimeProvider.System);
        ILogger<KubernetesSource> logger = loggers.CreateLogger<KubernetesSource>();
        SourceLog.Cluster(logger, access.Server, access.Source);
        return new OwningSource(
            new KubernetesSource(api, ToOptions(configuration), host, TimeProvider.System, logger, observer), api, host);
    }

    /// <summary>Reads the cluster once.</summary>
    /// <exception cref="KubernetesSourceException">It could not be read; the message is one line.</exception>
    public static async Task<SourceSnapshot> ReadAsync(ClusterAccess access, ProxyConfiguration configuration, CancellationToken cancellation)
    {
        using ApiConnection api = new(access, TimeProvider.System, NullLoggerFactory.Instance);
        using SystemHostAddresses host = new(TimeProvider.System);
        return await KubernetesSource.LoadOnceAsync(api, ToOptions(configuration), host, s_loadDeadline, TimeProvider.System, cancellation);
    }

    internal static KubernetesSourceOptions ToOptions(ProxyConfiguration configuration)
    {
        KubernetesOptions kubernetes = configuration.Kubernetes;
        bool isNamed = configuration.NodeName.Length > 0;
        string? node = isNamed ? configuration.NodeName : HostName(kubernetes);
        ListenMode listen = kubernetes.Services.IsEmpty ? ListenMode.ProxyPorts : ListenMode.BindAddress;
        TranslationOptions translation = Translations.Of(configuration, listen) with
        {
            NodeName = node,
            IsNodeNameAssumed = !isNamed,
            LoopbackEndpoints = kubernetes.LoopbackEndpoints,
            ProxyName = kubernetes.ServiceProxyName.Length == 0 ? null : kubernetes.ServiceProxyName,
        };
        return new KubernetesSourceOptions(translation)
        {
            NodeName = node,
            Namespaces = kubernetes.Namespace.Length == 0 ? [] : [kubernetes.Namespace],
            Services = [.. kubernetes.Services.Select(s => new NamespacedName(s.Namespace, s.Name))],
        };
    }

    /// <summary>
    /// As kube-proxy, a proxy for all Services takes the host's name. One that serves a part needs no right on nodes
    /// unless it is told its node. Null when the host has a name that no Node can have.
    /// </summary>
    private static string? HostName(KubernetesOptions kubernetes)
    {
        // Not Environment.MachineName, which ends at the first dot: the kubelet takes all of the name.
        string name = Dns.GetHostName().Trim().ToLowerInvariant();
        return kubernetes is { Services.IsEmpty: true, Namespace.Length: 0 } && ObjectNameFormat.IsName(name) ? name : null;
    }
}
