using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.DataPlane.Services;
using L4Proxy.Options;

namespace L4Proxy.Cli.Sources;

/// <summary>What a configuration says about translation, whatever the objects come from.</summary>
internal static class Translations
{
    /// <param name="configuration">What the user asks for.</param>
    /// <param name="listen">Where Services listen when nothing brings this process the traffic of their own addresses.</param>
    public static TranslationOptions Of(ProxyConfiguration configuration, ListenMode listen)
    {
        bool isKernel = configuration.Mode != ProxyMode.Userspace;
        bool hasPackets = !isKernel && configuration.Capture is CaptureMethod.Iptables or CaptureMethod.Nftables;
        return new TranslationOptions
        {
            BindAddress = configuration.BindAddress,
            NodePortAddresses = NodePortAddresses(configuration),
            ProxyPortRange = configuration.ProxyPortRange,
            NodeName = configuration.NodeName.Length == 0 ? null : configuration.NodeName,
            ClusterNetworks = configuration.ClusterCIDRs,
            Listen = isKernel || hasPackets ? ListenMode.Captured
                : configuration.Capture == CaptureMethod.Local ? ListenMode.ServiceAddresses
                : listen,
            Protocols = isKernel ? [ServiceProtocol.Tcp, ServiceProtocol.Udp, ServiceProtocol.Sctp] : [ServiceProtocol.Tcp],
            CapturePort = hasPackets ? configuration.Rules.CapturePort : 0,
            Defaults = configuration.Defaults,
        };
    }

    /// <summary>kube-proxy's defaults, mode by mode.</summary>
    private static ImmutableArray<NodePortAddress> NodePortAddresses(ProxyConfiguration configuration) => configuration switch
    {
        { NodePortAddresses.IsEmpty: false } or { Mode: ProxyMode.Userspace, Capture: CaptureMethod.None } => configuration.NodePortAddresses,
        { Mode: ProxyMode.Nftables } or { Mode: ProxyMode.Userspace, Capture: CaptureMethod.Nftables } => [NodePortAddress.Primary],
        _ => [NodePortAddress.All],
    };
}
