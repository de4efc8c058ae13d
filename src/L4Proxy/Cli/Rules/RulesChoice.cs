using System.Net;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Life;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.Hosting;
using L4Proxy.Options;

namespace L4Proxy.Cli.Rules;

/// <summary>What a configuration says about rules in the kernel.</summary>
internal static class RulesChoice
{
    private static readonly IPNetwork s_loopback = new(new IPAddress([127, 0, 0, 0]), 8);

    /// <summary>How the kernel is told; null when it is told nothing.</summary>
    public static RulesBackendKind? KindOf(ProxyConfiguration configuration) => (configuration.Mode, configuration.Capture) switch
    {
        (ProxyMode.Nftables, _) => RulesBackendKind.Nftables,
        (ProxyMode.Iptables, _) => RulesBackendKind.Iptables,
        (ProxyMode.Ipvs, _) => RulesBackendKind.Ipvs,
        (_, CaptureMethod.Nftables) => RulesBackendKind.CaptureNftables,
        (_, CaptureMethod.Iptables) => RulesBackendKind.CaptureIptables,
        (_, CaptureMethod.Local) => RulesBackendKind.LocalRoutes,
        _ => null,
    };

    /// <summary>What is used where the host cannot run the mode; null for nothing.</summary>
    public static RulesBackendKind? FallbackOf(ProxyConfiguration configuration) =>
        configuration.Rules.Fallback == RulesFallback.Iptables ? RulesBackendKind.Iptables : null;

    /// <summary>The settings of a run; null for one that was never asked about modes, which has nothing to do with the kernel.</summary>
    /// <param name="configuration">What the user asks for.</param>
    /// <param name="answersHealthChecks">See <see cref="RulesOptions.AnswersHealthChecks"/>.</param>
    public static RulesSettings? Of(ProxyConfiguration configuration, bool answersHealthChecks = true)
    {
        RulesBackendKind? kind = KindOf(configuration);
        return kind is null && !configuration.IsModeGiven ? null : new RulesSettings
        {
            Kind = kind,
            Fallback = FallbackOf(configuration),
            Options = OptionsOf(configuration, answersHealthChecks),
            Keep = configuration.Rules.Keep switch
            {
                RulesKeeping.Stay => true,
                RulesKeeping.Go => false,
                _ => configuration.Mode != ProxyMode.Userspace,
            },
            SyncPeriod = configuration.Rules.SyncPeriod,
        };
    }

    public static RulesOptions OptionsOf(ProxyConfiguration configuration, bool answersHealthChecks = true) => new()
    {
        MasqueradeBit = configuration.Rules.MasqueradeBit,
        MasqueradeAll = configuration.Rules.MasqueradeAll,
        LocalhostNodePorts = configuration.Rules.LocalhostNodePorts
            && (configuration.NodePortAddresses.IsEmpty || configuration.NodePortAddresses.Any(HasLoopback)),
        ServiceNetworks = configuration.ServiceCIDRs,
        CapturePort = configuration.Rules.CapturePort,
        TransparentSource = configuration.Source == SourceAddressKind.Transparent,
        AnswersHealthChecks = answersHealthChecks,
        Ipvs = configuration.Ipvs,
    };

    /// <summary>As kube-proxy's ContainsIPv4Loopback: any address of 127.0.0.0/8 needs route_localnet.</summary>
    private static bool HasLoopback(NodePortAddress item) => item switch
    {
        { Address: { } address } => address.Equals(IPAddress.Any) || s_loopback.Contains(address),
        { Network: { } network } => network.Contains(s_loopback.BaseAddress) || s_loopback.Contains(network.BaseAddress),
        _ => item.IsAll,
    };
}
