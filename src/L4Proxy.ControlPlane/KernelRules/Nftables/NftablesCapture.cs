using System.Collections.Immutable;
using L4Proxy.ControlPlane.KernelRules.Routes;
using L4Proxy.ControlPlane.KernelRules.Tools;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>
/// Capture by nftables: tables <c>ip l4proxy-capture</c> and <c>ip6 l4proxy-capture</c> lead TCP connections to Service addresses to the
/// proxy's capture port, and packets of transparent connections back to the proxy. Needs nft 1.0.1, Linux 5.13 and CAP_NET_ADMIN.
/// </summary>
public sealed class NftablesCapture : NftablesBackend
{
    private readonly CaptureTarget _target;
    private readonly PolicyRouting _routing;
    private readonly bool _isTransparent;
    private RulesState? _routed;

    /// <param name="options">The capture port, and whether endpoints see the client's address.</param>
    /// <param name="tools">The host's tools.</param>
    /// <param name="logger">Told what is done differently than planned.</param>
    public NftablesCapture(RulesOptions options, IHostTools tools, ILogger logger)
        : this(options, tools, logger, new CaptureTarget(tools))
    {
    }

    private NftablesCapture(RulesOptions options, IHostTools tools, ILogger logger, CaptureTarget target)
        : base(table => new CapturePlanner(options, table, target), "l4proxy-capture", tools, logger)
    {
        _target = target;
        _routing = new PolicyRouting(options, tools);
        _isTransparent = options.TransparentSource;
    }

    /// <inheritdoc/>
    public override string Name => "capture-nftables";

    /// <inheritdoc/>
    public override async Task<ImmutableArray<string>> ProbeAsync(CancellationToken cancellation) =>
        [.. await base.ProbeAsync(cancellation), .. _isTransparent ? _routing.Probe() : []];

    /// <inheritdoc/>
    public override string Plan(RulesState state) => base.Plan(state) + (_isTransparent ? _routing.Plan(state) : "");

    /// <inheritdoc/>
    public override async Task ApplyAsync(RulesState state, bool full, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        bool isWhole = full || !IsInForce;
        if (isWhole)
        {
            await _target.FindAsync(cancellation);
        }

        if (_isTransparent && (isWhole || !HasFamiliesOf(_routed, state)))
        {
            // First the way back: a packet that is marked without it goes astray.
            await _routing.ApplyAsync(state, cancellation);
        }

        _routed = state;
        await base.ApplyAsync(state, full, cancellation);
    }

    /// <inheritdoc/>
    public override async Task<bool> IsIntactAsync(CancellationToken cancellation) =>
        await base.IsIntactAsync(cancellation)
        && await _target.IsRightAsync(cancellation)
        && (!_isTransparent || _routed is null || await _routing.IsIntactAsync(_routed, cancellation));

    /// <inheritdoc/>
    public override async Task<ImmutableArray<string>> DiffAsync(RulesState state, CancellationToken cancellation)
    {
        await _target.FindAsync(cancellation);
        return [.. await base.DiffAsync(state, cancellation), .. _isTransparent ? await _routing.DiffAsync(state, cancellation) : []];
    }

    /// <inheritdoc/>
    public override async Task<bool> CleanUpAsync(CancellationToken cancellation)
    {
        bool anyTable = await base.CleanUpAsync(cancellation);
        return await _routing.CleanUpAsync(cancellation) || anyTable;
    }

    private static bool HasFamiliesOf(RulesState? one, RulesState other) =>
        one is not null
        && one.IPv4.Services.IsEmpty == other.IPv4.Services.IsEmpty
        && one.IPv6.Services.IsEmpty == other.IPv6.Services.IsEmpty;
}
