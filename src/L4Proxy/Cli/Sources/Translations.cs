using L4Proxy.ControlPlane.Translation;
using L4Proxy.Options;

namespace L4Proxy.Cli.Sources;

/// <summary>What a configuration says about translation, whatever the objects come from.</summary>
internal static class Translations
{
    public static TranslationOptions Of(ProxyConfiguration configuration) => new()
    {
        BindAddress = configuration.BindAddress,
        NodePortAddresses = configuration.NodePortAddresses,
        ProxyPortRange = configuration.ProxyPortRange,
        NodeName = configuration.NodeName.Length == 0 ? null : configuration.NodeName,
        ClusterNetworks = configuration.ClusterCIDRs,
        Defaults = configuration.Defaults,
    };
}
