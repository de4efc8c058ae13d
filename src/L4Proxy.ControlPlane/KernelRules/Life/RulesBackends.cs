using System.Collections.Frozen;
using L4Proxy.ControlPlane.KernelRules.Iptables;
using L4Proxy.ControlPlane.KernelRules.Ipvs;
using L4Proxy.ControlPlane.KernelRules.Nftables;
using L4Proxy.ControlPlane.KernelRules.Routes;
using L4Proxy.ControlPlane.KernelRules.Tools;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Life;

/// <summary>Makes backends of all kinds.</summary>
/// <param name="options">What rules depend on besides the table.</param>
/// <param name="tools">The host's tools.</param>
/// <param name="loggers">For a logger of each kind.</param>
public sealed class RulesBackends(RulesOptions options, IHostTools tools, ILoggerFactory loggers) : IRulesBackends
{
    private delegate IRulesBackend Constructor(RulesOptions options, IHostTools tools, ILogger logger);

    private static readonly FrozenDictionary<RulesBackendKind, Constructor> s_constructors = new Dictionary<RulesBackendKind, Constructor>
    {
        [RulesBackendKind.Nftables] = static (options, tools, logger) => new NftablesBalancing(options, tools, logger),
        [RulesBackendKind.Iptables] = static (options, tools, logger) => new IptablesBalancing(options, tools, logger),
        [RulesBackendKind.Ipvs] = static (options, tools, logger) => new IpvsBalancing(options, tools, logger),
        [RulesBackendKind.CaptureNftables] = static (options, tools, logger) => new NftablesCapture(options, tools, logger),
        [RulesBackendKind.LocalRoutes] = static (options, tools, logger) => new LocalRoutes(options, tools, logger),
        [RulesBackendKind.CaptureIptables] = static (options, tools, logger) => new IptablesCapture(options, tools, logger),
    }.ToFrozenDictionary();

    /// <inheritdoc/>
    public IEnumerable<RulesBackendKind> Kinds => s_constructors.Keys.Order();

    /// <inheritdoc/>
    public IRulesBackend Create(RulesBackendKind kind) => s_constructors.TryGetValue(kind, out Constructor? constructor)
        ? constructor(options, tools, loggers.CreateLogger($"L4Proxy.Rules.{kind}"))
        : throw new RulesException($"{kind}: this program was built without it");
}
