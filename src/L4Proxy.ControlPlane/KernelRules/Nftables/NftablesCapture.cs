using L4Proxy.ControlPlane.KernelRules.Tools;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>
/// Capture by nftables: tables <c>ip l4proxy-capture</c> and <c>ip6 l4proxy-capture</c> lead TCP connections to Service addresses to the
/// proxy's capture port. Needs nft 1.0.1, Linux 5.13 and CAP_NET_ADMIN.
/// </summary>
/// <param name="options">The capture port.</param>
/// <param name="tools">The host's tools.</param>
/// <param name="logger">Told what is done differently than planned.</param>
public sealed class NftablesCapture(RulesOptions options, IHostTools tools, ILogger logger)
    : NftablesBackend(table => new CapturePlanner(options, table), "l4proxy-capture", tools, logger)
{
    /// <inheritdoc/>
    public override string Name => "capture-nftables";
}
