using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Kubernetes;
using L4Proxy.Options;

namespace L4Proxy.Cli.Sources;

/// <summary>What a source knows at this moment.</summary>
internal static class SingleSnapshot
{
    /// <summary>Reads it once.</summary>
    /// <param name="source">Free of problems.</param>
    /// <param name="configuration">Says how it is translated.</param>
    /// <param name="resolve">Whether names of Services of type ExternalName are resolved, which may take seconds.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="KubernetesSourceException">The cluster could not be read; the message is one line.</exception>
    public static Task<SourceSnapshot> ReadAsync(
        SourceChoice source, ProxyConfiguration configuration, bool resolve, CancellationToken cancellation) => source.Access is { } access
        ? KubernetesTables.ReadAsync(access, configuration, cancellation)
        : ManifestTables.ReadAsync(configuration, resolve, cancellation);
}
