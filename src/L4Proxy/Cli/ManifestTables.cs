using L4Proxy.ControlPlane;
using L4Proxy.DataPlane.Services;
using L4Proxy.Options;

namespace L4Proxy.Cli;

/// <summary>Tables made from the manifests that a configuration names.</summary>
internal static class ManifestTables
{
    public static ITableSource Watch(ProxyConfiguration configuration) => throw new NotSupportedException(configuration.ToString());

    public static Task<SourceSnapshot> ReadAsync(ProxyConfiguration configuration, CancellationToken cancellation) =>
        Task.FromResult(new SourceSnapshot(ServiceTable.Empty, []));
}
