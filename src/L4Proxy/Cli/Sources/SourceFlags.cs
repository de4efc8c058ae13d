using L4Proxy.Options;

namespace L4Proxy.Cli.Sources;

/// <summary>Keys of the configuration that say what the table is made from; each has its flag.</summary>
internal static class SourceFlags
{
    private static readonly string[] s_keys =
    [
        ConfigurationSchema.Mode,
        ConfigurationSchema.Capture,
        ConfigurationSchema.Source,
        ConfigurationSchema.Manifests,
        ConfigurationSchema.Kubeconfig,
        ConfigurationSchema.Context,
        ConfigurationSchema.Namespace,
        ConfigurationSchema.Services,
        ConfigurationSchema.ServiceProxyName,
        ConfigurationSchema.NodeName,
        ConfigurationSchema.ClusterCIDRs,
        ConfigurationSchema.ServiceCIDRs,
        ConfigurationSchema.BindAddress,
        ConfigurationSchema.NodePortAddresses,
        ConfigurationSchema.ProxyPortRange,
    ];

    public static ReadOnlySpan<string> Keys => s_keys;
}
