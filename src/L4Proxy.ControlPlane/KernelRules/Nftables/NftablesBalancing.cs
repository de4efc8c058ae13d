using L4Proxy.ControlPlane.KernelRules.Tools;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>
/// Balancing by nftables, as kube-proxy's nftables mode: tables <c>ip l4proxy</c> and <c>ip6 l4proxy</c>. Needs nft 1.0.1, Linux 5.13 and
/// CAP_NET_ADMIN.
/// </summary>
/// <param name="options">Masquerading.</param>
/// <param name="tools">The host's tools.</param>
/// <param name="logger">Told what is done differently than planned.</param>
public sealed class NftablesBalancing(RulesOptions options, IHostTools tools, ILogger logger)
    : NftablesBackend(table => new BalancingPlanner(options, table), "l4proxy", tools, logger)
{
    /// <inheritdoc/>
    public override string Name => "nftables";
}
