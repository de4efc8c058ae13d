using System.Net;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Iptables;
using L4Proxy.ControlPlane.KernelRules.Ipvs;
using L4Proxy.ControlPlane.KernelRules.Nftables;
using L4Proxy.ControlPlane.KernelRules.Routes;
using L4Proxy.ControlPlane.KernelRules.Tools;
using Microsoft.Extensions.Logging.Abstractions;

namespace L4Proxy.RulesBench;

/// <summary>One way of programming the kernel.</summary>
/// <param name="Name">What the command line calls it.</param>
/// <param name="Create">Makes it anew.</param>
/// <param name="Bare">Its tool and nothing else, where that alone costs what the number of rules says; null elsewhere.</param>
internal sealed record Way(string Name, Func<IHostTools, IRulesBackend> Create, BareTool? Bare = null)
{
    public static readonly RulesOptions Options = new() { CapturePort = 10261, ServiceNetworks = [IPNetwork.Parse("10.0.0.0/16")] };

    public static IReadOnlyList<Way> All { get; } =
    [
        new("nftables", tools => new NftablesBalancing(Options, tools, NullLogger.Instance)),
        new("iptables-nft", tools => new IptablesBalancing(Options, tools, NullLogger.Instance, IptablesVariant.Nft), new BareTool("iptables-nft-restore")),
        new("iptables-legacy", tools => new IptablesBalancing(Options, tools, NullLogger.Instance, IptablesVariant.Legacy), new BareTool("iptables-legacy-restore")),
        new("ipvs", tools => new IpvsBalancing(Options, tools, NullLogger.Instance)),
        new("capture-nftables", tools => new NftablesCapture(Options, tools, NullLogger.Instance)),
        new("capture-iptables", tools => new IptablesCapture(Options, tools, NullLogger.Instance)),
        new("capture-local", tools => new LocalRoutes(Options with { ServiceNetworks = [] }, tools, NullLogger.Instance)),
    ];
}
