using System.Collections.Immutable;
using System.Net;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.Settings;

namespace L4Proxy.Options;

/// <content>Keys of the sections about rules in the kernel.</content>
internal static partial class ConfigurationSchema
{
    private static ConfigurationKey[] RulesKeys() =>
    [
        Scalar("rules", "keep", "Whether rules stay in the kernel when the process ends; auto: they stay where the kernel carries the connections, and go where capture does.",
            new ChoiceFormat<RulesKeeping>(("auto", RulesKeeping.Auto), ("true", RulesKeeping.Stay), ("false", RulesKeeping.Go)),
            c => c.Rules.Keep, WithRules<RulesKeeping>((r, v) => r with { Keep = v })),
        Scalar("rules", "fallback", "What is used where the host cannot run mode ipvs.",
            new ChoiceFormat<RulesFallback>(("none", RulesFallback.None), ("iptables", RulesFallback.Iptables)),
            c => c.Rules.Fallback, WithRules<RulesFallback>((r, v) => r with { Fallback = v })),
        Scalar("rules", "capturePort", "Port on which captured connections are accepted.",
            new IntegerFormat(1, 65535), c => c.Rules.CapturePort, WithRules<int>((r, v) => r with { CapturePort = v })),
        Scalar("rules", "masqueradeBit", "Bit of the packet mark that marks what is to be masqueraded.",
            new IntegerFormat(0, 31), c => c.Rules.MasqueradeBit, WithRules<int>((r, v) => r with { MasqueradeBit = v })),
        Scalar("rules", "masqueradeAll", "Whether all connections to Services are masqueraded, those of Pods to cluster IPs included.",
            ValueFormats.Boolean, c => c.Rules.MasqueradeAll, WithRules<bool>((r, v) => r with { MasqueradeAll = v })),
        Scalar("rules", "localhostNodePorts", "Whether mode iptables serves node ports on 127.0.0.1, too, for which it sets net.ipv4.conf.all.route_localnet.",
            ValueFormats.Boolean, c => c.Rules.LocalhostNodePorts, WithRules<bool>((r, v) => r with { LocalhostNodePorts = v })),
        Scalar("rules", "syncPeriod", "Time after which all rules are written anew though nothing changed.",
            new DurationFormat(TimeSpan.FromMinutes(1), ValueFormats.MaxTimer), c => c.Rules.SyncPeriod, WithRules<TimeSpan>((r, v) => r with { SyncPeriod = v })),
    ];

    private static ConfigurationKey[] IpvsKeys() =>
    [
        List("ipvs", "excludeCIDRs", "Virtual servers in these networks are somebody else's and are left alone.",
            new NetworkFormat(), c => c.Ipvs.ExcludeCIDRs, WithIpvs<ImmutableArray<IPNetwork>>((i, v) => i with { ExcludeCIDRs = v })),
        Scalar("ipvs", "strictARP", "Whether this host answers ARP for addresses of the interface that was asked only (arp_ignore 1, arp_announce 2).",
            ValueFormats.Boolean, c => c.Ipvs.StrictArp, WithIpvs<bool>((i, v) => i with { StrictArp = v })),
        Scalar("ipvs", "tcpTimeout", "Time-out of idle TCP connections.",
            KernelTimeout, c => c.Ipvs.TcpTimeout, WithIpvs<TimeSpan>((i, v) => i with { TcpTimeout = v })),
        Scalar("ipvs", "tcpFinTimeout", "Time-out of TCP connections after a FIN.",
            KernelTimeout, c => c.Ipvs.TcpFinTimeout, WithIpvs<TimeSpan>((i, v) => i with { TcpFinTimeout = v })),
        Scalar("ipvs", "udpTimeout", "Time-out of UDP flows.",
            KernelTimeout, c => c.Ipvs.UdpTimeout, WithIpvs<TimeSpan>((i, v) => i with { UdpTimeout = v })),
    ];

    /// <summary>The kernel counts these in whole seconds.</summary>
    private static DurationFormat KernelTimeout => new(TimeSpan.FromSeconds(1), ValueFormats.MaxTimer, "the kernel's own", TimeSpan.FromSeconds(1));

    private static Func<ProxyConfiguration, T, ProxyConfiguration> WithRules<T>(Func<KernelOptions, T, KernelOptions> set) =>
        (configuration, value) => configuration with { Rules = set(configuration.Rules, value) };

    private static Func<ProxyConfiguration, T, ProxyConfiguration> WithIpvs<T>(Func<IpvsOptions, T, IpvsOptions> set) =>
        (configuration, value) => configuration with { Ipvs = set(configuration.Ipvs, value) };
}
